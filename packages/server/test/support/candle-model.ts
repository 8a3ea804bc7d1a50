import type { Ohlc, SidedCandle } from '../../src/domain/sided-candle.ts';

/** The rules of a store's candles of one series, in the simplest way that they can be written. */
export class CandleModel {
  readonly #byStart = new Map<number, SidedCandle>();

  /** Oldest first. */
  get candles(): SidedCandle[] {
    return [...this.#byStart.values()].sort((a, b) => a.start - b.start);
  }

  save(candle: SidedCandle): void {
    const known = this.#byStart.get(candle.start);
    const next = known === undefined ? candle : merge(known, candle);
    this.#byStart.set(candle.start, next);
  }
}

function merge(known: SidedCandle, candle: SidedCandle): SidedCandle {
  if (!known.isConfirmed) {
    return candle;
  }
  const isLess = candle.source === 'quotes' && known.source !== 'quotes';
  if (!candle.isConfirmed || isLess) {
    return known;
  }
  const isOther = mids(known) !== mids(candle);
  const hasOtherSides = known.sides && candle.sides && text(known.sides) !== text(candle.sides);
  if (isOther || hasOtherSides === true) {
    return isNewer(known, candle)
      ? { ...candle, revision: Math.max(candle.revision, known.revision + 1) }
      : known;
  }
  const isCompleted = known.sides === undefined && candle.sides !== undefined;
  return isCompleted ? { ...candle, revision: Math.max(candle.revision, known.revision) } : known;
}

function isNewer(known: SidedCandle, candle: SidedCandle): boolean {
  return (
    candle.source === 'history' ||
    candle.revision > known.revision ||
    (candle.revision === known.revision && known.source !== 'history')
  );
}

function mids({ open, high, low, close, volume, turnover }: SidedCandle): string {
  return [open, high, low, close, volume, turnover ?? '0'].map(Number).join(' ');
}

function text({ bid, ask }: { bid: Ohlc; ask: Ohlc }): string {
  return JSON.stringify([bid, ask]);
}
