import type { Interval } from '@tickwire/protocol';
import type { SidedCandle } from '../domain/sided-candle.ts';

/** What to ask a venue's history for. */
export interface CandleQuery {
  readonly instrument: string;
  readonly interval: Interval;
  /** Epoch milliseconds: candles that begin at or after it; undefined for the newest there are. */
  readonly since: number | undefined;
  readonly limit: number;
}

/** The candles that a venue has kept. */
export interface CandleHistory {
  /**
   * At most `limit` candles, oldest first: with `since` the oldest of those, else the newest. The
   * last may be unconfirmed. With `since`, fewer than the limit mean that there are no more now, and
   * whatever is not there before the last confirmed one is not at the venue. Rejects with a FeedError.
   */
  candles(query: CandleQuery, signal: AbortSignal): Promise<readonly SidedCandle[]>;
}
