/** Sequences are milliseconds since this time, which gives them the length of Bybit's. */
const SEQUENCE_EPOCH_MS = 1_000_000_000_000;

/** The cross sequence of a moment, which all symbols share: it never falls. */
export function sequenceAt(timeMs: number): number {
  return timeMs - SEQUENCE_EPOCH_MS;
}
