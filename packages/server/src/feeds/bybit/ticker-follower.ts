import type { Ticker } from '@tickwire/protocol';
import type { Follower, FollowerConnection } from './follower.ts';
import { type BybitFrame, type BybitTickerFields, TICKER_FIELDS } from './messages.ts';

/**
 * Follows the 24 hours' ticker of one instrument: contracts send a snapshot and then what changed,
 * field by field; spot sends snapshots. Told on is what changed in the fields that we have.
 */
export class TickerFollower implements Follower {
  readonly #instrument: string;
  #connection: FollowerConnection | undefined;
  #fields: BybitTickerFields | undefined;
  #sequence = -Infinity;
  #told: Ticker | undefined;

  constructor(instrument: string) {
    this.#instrument = instrument;
  }

  begin(connection: FollowerConnection): void {
    this.#connection = connection;
    this.#fields = undefined;
    this.#sequence = -Infinity;
    this.#told = undefined;
  }

  accepted(): void {
    // A snapshot comes by itself.
  }

  end(): void {
    if (this.#told !== undefined) {
      this.#connection?.lose();
    }
  }

  receive(frame: BybitFrame): void {
    if (frame.type !== 'ticker') {
      return;
    }
    const { isSnapshot, sequence = this.#sequence, fields } = frame;
    if (isSnapshot) {
      this.#fields = fields;
    } else if (this.#fields === undefined || sequence < this.#sequence) {
      return;
    } else {
      this.#fields = { ...this.#fields, ...fields };
    }
    this.#sequence = sequence;
    const ticker = toTicker(this.#instrument, this.#fields);
    if (ticker !== undefined && !isSame(ticker, this.#told)) {
      this.#told = ticker;
      this.#connection?.listener.onEvent(ticker);
    }
  }
}

/** Undefined while there is no last price: an empty text means that there is no value. */
function toTicker(instrument: string, fields: BybitTickerFields): Ticker | undefined {
  const { lastPrice = '' } = fields;
  if (lastPrice === '') {
    return undefined;
  }
  const known = TICKER_FIELDS.filter((name) => (fields[name] ?? '') !== '');
  const values = Object.fromEntries(known.map((name) => [name, fields[name]]));
  return { type: 'ticker', instrument, lastPrice, ...values };
}

function isSame(a: Ticker, b: Ticker | undefined): boolean {
  return TICKER_FIELDS.every((name) => a[name] === b?.[name]);
}
