import type { SidedCandle } from '../domain/sided-candle.ts';

/** Keeps candles that the store cannot take, in their order, across restarts of the program. */
export interface CandleOverflow {
  /** Finds what an earlier run has left; MUST be called before anything else. */
  start(): Promise<void>;
  /** How many candles it holds. */
  readonly count: number;
  /**
   * Puts candles behind those that it holds, all or none; resolves with whether there was room.
   * Rejects where it cannot be written to.
   */
  push(candles: readonly SidedCandle[]): Promise<boolean>;
  /** The oldest that it holds, at most so many; it still holds them. */
  oldest(limit: number): Promise<readonly SidedCandle[]>;
  /** Forgets as many of the oldest: they are saved elsewhere. */
  drop(count: number): Promise<void>;
  close(): Promise<void>;
}
