import type { Follower, FollowerConnection } from './follower.ts';
import type { BybitBookFrame, BybitFrame } from './messages.ts';

/** Changes that may come before a snapshot until it is asked for again: two seconds' worth. */
const MAX_IGNORED = 100;

/**
 * Follows the order book of one instrument. `u` rises by exactly one with each change; where it
 * does not, something was missed, and nothing is told until the venue has sent a snapshot. A change
 * with `u` 1 comes from a service that has restarted and is not to be trusted either.
 * Source: bybit-exchange.github.io/docs/v5/websocket/public/orderbook, UPSTREAMS B7.
 */
export class BookFollower implements Follower {
  readonly #instrument: string;
  #connection: FollowerConnection | undefined;
  /** Undefined while a snapshot is awaited. */
  #lastUpdateId: number | undefined;
  #ignored = 0;

  constructor(instrument: string) {
    this.#instrument = instrument;
  }

  begin(connection: FollowerConnection): void {
    this.#connection = connection;
    this.#lastUpdateId = undefined;
    this.#ignored = 0;
  }

  accepted(): void {
    // A snapshot comes by itself.
  }

  end(): void {
    this.#await();
  }

  receive(frame: BybitFrame): void {
    if (frame.type !== 'book') {
      return;
    }
    if (frame.isSnapshot || this.#isNext(frame)) {
      this.#tell(frame);
    } else if (this.#lastUpdateId !== undefined) {
      this.#await();
      this.#connection?.resync();
    } else {
      this.#ignored += 1;
      if (this.#ignored >= MAX_IGNORED) {
        this.#await();
        this.#connection?.resync();
      }
    }
  }

  #isNext({ updateId }: BybitBookFrame): boolean {
    return this.#lastUpdateId !== undefined && updateId === this.#lastUpdateId + 1;
  }

  /** Until the venue sends a snapshot there is no book that could be shown. */
  #await(): void {
    if (this.#lastUpdateId !== undefined) {
      this.#lastUpdateId = undefined;
      this.#connection?.lose();
    }
    this.#ignored = 0;
  }

  #tell({ isSnapshot, bids, asks, updateId }: BybitBookFrame): void {
    this.#lastUpdateId = updateId;
    this.#connection?.listener.onEvent({
      type: 'orderBook',
      instrument: this.#instrument,
      isSnapshot,
      bids,
      asks,
      updateId,
    });
  }
}
