import type { Trade } from '@tickwire/protocol';
import type { Follower, FollowerConnection } from './follower.ts';
import type { BybitFrame } from './messages.ts';
import type { BybitRest } from './rest.ts';

export interface TradeFollowerOptions {
  readonly instrument: string;
  readonly symbol: string;
  readonly rest: Pick<BybitRest, 'recentTrades'>;
}

/** Several of the longest messages, which hold 1,024 trades. */
const MAX_SEEN = 4_096;
const MAX_HELD = 10_000;

/**
 * Follows the trades of one instrument, each once. After a new connection the newest ones are asked
 * for over REST, which gives some hundred, and told before those that come meanwhile.
 */
export class TradeFollower implements Follower {
  readonly #options: TradeFollowerOptions;
  readonly #seen = new Set<string>();
  #connection: FollowerConnection | undefined;
  #lastTime: number | undefined;
  /** Trades that wait for what was missed; undefined while none has to. */
  #held: Trade[] | undefined;

  constructor(options: TradeFollowerOptions) {
    this.#options = options;
  }

  begin(connection: FollowerConnection): void {
    this.#connection = connection;
    // There is nothing to miss before the first trade.
    this.#held = this.#lastTime === undefined ? undefined : [];
  }

  accepted(): void {
    if (this.#held !== undefined && this.#connection !== undefined) {
      void this.#catchUp(this.#connection, this.#lastTime ?? 0);
    }
  }

  end(): void {
    // What a trade was stays true.
  }

  receive(frame: BybitFrame): void {
    if (frame.type !== 'trades' || this.#connection === undefined) {
      return;
    }
    if (this.#held === undefined) {
      this.#tell(frame.trades, this.#connection);
    } else {
      this.#held = [...this.#held, ...frame.trades].slice(-MAX_HELD);
    }
  }

  /** One attempt: a trade that is late is worth less than those that wait for it. */
  async #catchUp(connection: FollowerConnection, since: number): Promise<void> {
    const { rest, symbol } = this.#options;
    let missed: readonly Trade[] = [];
    try {
      missed = await rest.recentTrades(symbol, connection.signal);
    } catch {
      // The venue cannot be asked: the stream goes on with what it has.
    }
    if (!connection.signal.aborted) {
      const held = this.#held ?? [];
      this.#held = undefined;
      this.#tell([...missed.filter(({ time }) => time >= since), ...held], connection);
    }
  }

  #tell(trades: readonly Trade[], { listener }: FollowerConnection): void {
    const fresh = trades.filter(({ id }) => this.#isFresh(id));
    if (fresh.length > 0) {
      this.#lastTime = fresh.reduce(
        (newest, { time }) => Math.max(newest, time),
        this.#lastTime ?? 0,
      );
      listener.onEvent({ type: 'trades', instrument: this.#options.instrument, trades: fresh });
    }
  }

  #isFresh(id: string): boolean {
    if (this.#seen.has(id)) {
      return false;
    }
    this.#seen.add(id);
    if (this.#seen.size > MAX_SEEN) {
      const [oldest = ''] = this.#seen;
      this.#seen.delete(oldest);
    }
    return true;
  }
}
