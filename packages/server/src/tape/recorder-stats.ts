/** What became of what was to be kept; counts since the start. */
export interface RecorderStats {
  readonly waitingQuotes: number;
  readonly waitingCandles: number;
  readonly waitingAlerts: number;
  /** Candles that wait in a file. */
  readonly overflowingCandles: number;
  readonly droppedQuotes: number;
  /** Quotes of a time so long ago, or so far ahead, that they are not kept. */
  readonly untimelyQuotes: number;
  readonly droppedTrades: number;
  readonly droppedAlerts: number;
  /** Candles that had to wait in a file. */
  readonly overflowedCandles: number;
  /** Candles for which there was no room, and which are fetched again. */
  readonly owedCandles: number;
  /** Records that the store refused, each by itself. */
  readonly rejectedRecords: number;
  /** Why the store takes nothing now; undefined while it does. */
  readonly trouble: string | undefined;
}
