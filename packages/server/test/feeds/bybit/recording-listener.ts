import type { Candle } from '@tickwire/protocol';
import type { FollowerConnection } from '../../../src/feeds/bybit/follower.ts';
import type { FeedEvent, FeedListener, Unavailable } from '../../../src/ports/feed.ts';

/** A listener that keeps all that it is told. */
export class RecordingListener implements FeedListener {
  readonly events: FeedEvent[] = [];
  readonly histories: { readonly channel: string; readonly candles: readonly Candle[] }[] = [];
  readonly rejected: string[] = [];
  /** What is not brought now. */
  unavailable: readonly Unavailable[] = [];
  connections = 0;

  onConnected(): void {
    this.connections += 1;
  }

  onEvent(event: FeedEvent): void {
    this.events.push(event);
  }

  readonly lost: string[] = [];

  onStateLost(channel: string): void {
    this.lost.push(channel);
  }

  onHistory(channel: string, candles: readonly Candle[]): void {
    this.histories.push({ channel, candles });
  }

  onUnavailable(unavailable: readonly Unavailable[]): void {
    this.unavailable = unavailable;
  }

  onRejectedFrame(reason: string): void {
    this.rejected.push(reason);
  }

  onQuote(): void {
    throw new Error('Bybit has no quotes');
  }

  onData(): void {
    // Only supervisors are interested.
  }

  /** All events of one type. */
  all<Type extends FeedEvent['type']>(type: Type): Extract<FeedEvent, { type: Type }>[] {
    return this.events.filter(
      (event): event is Extract<FeedEvent, { type: Type }> => event.type === type,
    );
  }
}

/** A follower's connection that a test holds the other end of. */
export class FakeConnection implements FollowerConnection {
  readonly listener: FeedListener;
  readonly #over = new AbortController();
  readonly signal = this.#over.signal;
  resyncs = 0;
  /** Everything that was reported; undefined where a report was taken back. */
  readonly reports: (string | undefined)[] = [];

  constructor(listener: FeedListener) {
    this.listener = listener;
  }

  /** How often what was told was taken back. */
  losses = 0;

  lose(): void {
    this.losses += 1;
  }

  resync(): void {
    this.resyncs += 1;
  }

  report(reason: string | undefined): void {
    this.reports.push(reason);
  }

  end(): void {
    this.#over.abort();
  }
}
