import type { SidedCandle } from '../domain/sided-candle.ts';

/**
 * Sorts candles into rounds that can each be saved by one statement: a statement may not touch a
 * row twice, and what comes twice must come in its order. What would leave no trace is left out: an
 * unconfirmed one before any other, or after a confirmed one. Within a round they are in one order
 * for everybody, so that two programs that save the same never wait for each other in a circle.
 */
export function toRounds(candles: readonly SidedCandle[]): readonly (readonly SidedCandle[])[] {
  const byKey = new Map<string, SidedCandle[]>();
  for (const candle of candles.toSorted(byPlace)) {
    const key = `${candle.instrument} ${candle.interval} ${candle.start}`;
    const known = byKey.get(key);
    const last = known?.at(-1);
    if (known === undefined || last === undefined) {
      byKey.set(key, [candle]);
    } else if (!last.isConfirmed) {
      known[known.length - 1] = candle;
    } else if (candle.isConfirmed) {
      known.push(candle);
    }
  }
  const rounds: SidedCandle[][] = [];
  for (const known of byKey.values()) {
    for (const [index, candle] of known.entries()) {
      (rounds[index] ??= []).push(candle);
    }
  }
  return rounds;
}

/** By instrument, interval and start; those that are the same in all keep their order. */
function byPlace(a: SidedCandle, b: SidedCandle): number {
  if (a.instrument !== b.instrument) {
    return a.instrument < b.instrument ? -1 : 1;
  }
  if (a.interval !== b.interval) {
    return a.interval < b.interval ? -1 : 1;
  }
  return a.start - b.start;
}
