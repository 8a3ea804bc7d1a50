import type { Candle } from '@tickwire/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CandleSeries, SERIES_LENGTH } from '../../src/domain/candle-series.ts';
import { START, MINUTE_MS, minuteCandle } from '../support/candle.ts';

const CONFIRMED = { isConfirmed: true };

function seriesOf(...candles: readonly Candle[]): CandleSeries {
  const series = new CandleSeries();
  series.startFrom(candles);
  return series;
}

/** Minutes from {@link START} of all that is kept. */
function minutesOf(series: CandleSeries): number[] {
  return series.newest(Infinity).map(({ start }) => (start - START) / MINUTE_MS);
}

describe('CandleSeries', () => {
  test('tells every unconfirmed candle, the newest in the place of the one before', () => {
    const series = new CandleSeries();
    const first = minuteCandle(0);
    const second = minuteCandle(0, { close: '84021' });
    expect(series.admit(first)).toBe(first);
    expect(series.admit(second)).toBe(second);
    expect(series.newest(10)).toEqual([second]);
  });

  test('lets the confirmed beat the unconfirmed, and not the other way round', () => {
    const series = new CandleSeries();
    series.admit(minuteCandle(0));
    const confirmed = minuteCandle(0, CONFIRMED);
    expect(series.admit(confirmed)).toBe(confirmed);
    expect(series.admit(minuteCandle(0, { close: '84021' }))).toBeUndefined();
    expect(series.newest(10)).toEqual([confirmed]);
  });

  test('finds nothing new in a confirm that is repeated, though it is written otherwise', () => {
    const series = seriesOf(minuteCandle(0, CONFIRMED));
    const again = { ...CONFIRMED, close: '84020.00', source: 'history' } as const;
    expect(series.admit(minuteCandle(0, again))).toBeUndefined();
    expect(series.newest(1)).toEqual([minuteCandle(0, CONFIRMED)]);
  });

  test('numbers corrections of what was confirmed', () => {
    const series = seriesOf(minuteCandle(0, CONFIRMED), minuteCandle(1, CONFIRMED));
    const correct = (close: string) => series.admit(minuteCandle(0, { ...CONFIRMED, close }));
    expect(correct('84021')).toEqual(
      minuteCandle(0, { ...CONFIRMED, close: '84021', revision: 1 }),
    );
    expect(correct('84021')).toBeUndefined();
    expect(correct('84020')).toMatchObject({ close: '84020', revision: 2 });
    expect(series.newest(2)[0]).toMatchObject({ close: '84020', revision: 2 });
  });

  test('puts a confirmed candle that comes late where it belongs', () => {
    const series = seriesOf(minuteCandle(0, CONFIRMED), minuteCandle(2, CONFIRMED));
    const late = minuteCandle(1, CONFIRMED);
    expect(series.admit(late)).toBe(late);
    expect(minutesOf(series)).toEqual([0, 1, 2]);
  });

  test('refuses an unconfirmed candle in a hole before a confirmed one', () => {
    const series = seriesOf(minuteCandle(0, CONFIRMED), minuteCandle(2, CONFIRMED));
    expect(series.admit(minuteCandle(1))).toBeUndefined();
    expect(minutesOf(series)).toEqual([0, 2]);
  });

  test('knows the newest confirmed candle', () => {
    expect(new CandleSeries().lastConfirmed).toBeUndefined();
    expect(seriesOf(minuteCandle(0)).lastConfirmed).toBeUndefined();
    const series = seriesOf(minuteCandle(0, CONFIRMED), minuteCandle(1));
    expect(series.lastConfirmed).toEqual(minuteCandle(0, CONFIRMED));
    series.admit(minuteCandle(1, CONFIRMED));
    expect(series.lastConfirmed).toEqual(minuteCandle(1, CONFIRMED));
  });

  test('gives as many of the newest as it is asked for, even none', () => {
    const series = seriesOf(minuteCandle(0), minuteCandle(1), minuteCandle(2));
    expect(series.newest(0)).toEqual([]);
    expect(series.newest(-1)).toEqual([]);
    expect(series.newest(2)).toEqual([minuteCandle(1), minuteCandle(2)]);
    expect(series.newest(4)).toHaveLength(3);
  });

  test('keeps what it gave out as it was', () => {
    const series = seriesOf(minuteCandle(0));
    const before = series.newest(10);
    series.admit(minuteCandle(0, CONFIRMED));
    series.admit(minuteCandle(1));
    expect(before).toEqual([minuteCandle(0)]);
  });

  test('drops the oldest past its length, and refuses what is older still', () => {
    const candles = Array.from({ length: SERIES_LENGTH }, (_, i) => minuteCandle(i, CONFIRMED));
    const series = seriesOf(...candles);
    const next = minuteCandle(SERIES_LENGTH);
    expect(series.admit(next)).toBe(next);
    expect(series.newest(Infinity)).toEqual([...candles.slice(1), next]);
    expect(series.admit(minuteCandle(0, CONFIRMED))).toBeUndefined();
    expect(series.newest(Infinity)).toEqual([...candles.slice(1), next]);
  });

  test('begins with what it is given, in any order and each once, and what came after it', () => {
    const series = seriesOf(minuteCandle(0, CONFIRMED), minuteCandle(7, CONFIRMED));
    const unordered = [3, 1, 2, 1].map((minutes) => minuteCandle(minutes, CONFIRMED));
    series.startFrom([...unordered, minuteCandle(3)]);
    expect(series.newest(10)).toEqual(
      [1, 2, 3, 7].map((minutes) => minuteCandle(minutes, CONFIRMED)),
    );
  });

  test('begins with the same in every order', () => {
    const candles = [minuteCandle(0), minuteCandle(1, CONFIRMED), minuteCandle(2)];
    expect(seriesOf(...candles).newest(10)).toEqual(candles);
    expect(seriesOf(...candles.toReversed()).newest(10)).toEqual(candles);
  });

  test('begins with the newest of more than it keeps', () => {
    const candles = Array.from({ length: SERIES_LENGTH + 3 }, (_, i) => minuteCandle(i, CONFIRMED));
    expect(seriesOf(...candles.toReversed()).newest(Infinity)).toEqual(candles.slice(3));
  });
});

describe('CandleSeries of what was told elsewhere', () => {
  const revised = (revision: number) =>
    minuteCandle(0, { ...CONFIRMED, close: `8402${revision}`, revision });

  test('takes revisions as they are numbered, and none that is older than what is known', () => {
    const series = new CandleSeries();
    series.remember(revised(0));
    series.remember(revised(2));
    expect(series.newest(10)).toEqual([revised(2)]);
    series.remember(revised(1));
    expect(series.newest(10)).toEqual([revised(2)]);
    expect(series.admit(minuteCandle(0, { ...CONFIRMED, close: '1' }))?.revision).toBe(3);
  });

  test('takes nothing unconfirmed in the place of what is confirmed', () => {
    const series = new CandleSeries();
    series.remember(minuteCandle(0));
    const second = minuteCandle(0, { close: '84021' });
    series.remember(second);
    expect(series.newest(10)).toEqual([second]);
    series.remember(minuteCandle(0, CONFIRMED));
    series.remember(second);
    series.remember({ ...second, revision: 1 });
    expect(series.newest(10)).toEqual([minuteCandle(0, CONFIRMED)]);
  });

  test('puts what comes late where it belongs, confirmed or not', () => {
    const series = seriesOf(minuteCandle(0, CONFIRMED), minuteCandle(3, CONFIRMED));
    series.remember(minuteCandle(2, CONFIRMED));
    series.remember(minuteCandle(1));
    series.remember(minuteCandle(-1, CONFIRMED));
    expect(minutesOf(series)).toEqual([-1, 0, 1, 2, 3]);
  });

  test('keeps the newest of more than there is room for, in whatever order they come', () => {
    const candles = Array.from({ length: SERIES_LENGTH + 3 }, (_, i) => minuteCandle(i, CONFIRMED));
    const [series, reversed] = [new CandleSeries(), new CandleSeries()];
    candles.forEach((candle) => {
      series.remember(candle);
    });
    candles.toReversed().forEach((candle) => {
      reversed.remember(candle);
    });
    expect(series.newest(Infinity)).toEqual(candles.slice(3));
    expect(reversed.newest(Infinity)).toEqual(candles.slice(3));
  });

  test('ends as the series that has told it, however far behind it begins', () => {
    fc.assert(
      fc.property(anyCandles(0, 8), fc.nat(60), (candles, behind) => {
        const teller = new CandleSeries();
        const reader = new CandleSeries();
        const told = candles.flatMap((candle) => teller.admit(candle) ?? []);
        // It begins from the newest state, and is then brought some of what led there once more.
        reader.startFrom(teller.newest(Infinity));
        told.slice(behind).forEach((candle) => {
          reader.remember(candle);
        });
        expect(reader.newest(Infinity)).toEqual(teller.newest(Infinity));
      }),
    );
  });
});

/** The rules of the series once more, as plainly as they can be written. */
class ReferenceSeries {
  readonly byStart = new Map<number, Candle>();

  admit(candle: Candle): Candle | undefined {
    const known = this.byStart.get(candle.start);
    const isNews =
      known === undefined
        ? this.#hasPlaceFor(candle)
        : !known.isConfirmed || isCorrection(known, candle);
    if (!isNews) {
      return undefined;
    }
    const news = known?.isConfirmed ? { ...candle, revision: known.revision + 1 } : candle;
    this.byStart.set(candle.start, news);
    if (this.byStart.size > SERIES_LENGTH) {
      this.byStart.delete(Math.min(...this.byStart.keys()));
    }
    return news;
  }

  get candles(): Candle[] {
    return [...this.byStart.values()].sort((a, b) => a.start - b.start);
  }

  #hasPlaceFor({ start, isConfirmed }: Candle): boolean {
    const isOldest = [...this.byStart.keys()].every((known) => known > start);
    const isBehind = [...this.byStart.values()].some(
      (known) => known.isConfirmed && known.start > start,
    );
    return !(isOldest && this.byStart.size >= SERIES_LENGTH) && (isConfirmed || !isBehind);
  }
}

function isCorrection(known: Candle, candle: Candle): boolean {
  return candle.isConfirmed && Number(known.close) !== Number(candle.close);
}

/** `from`, `to`: minutes of the earliest and of the latest start. */
function anyCandles(from: number, to: number) {
  const candle = fc
    .record({
      minutes: fc.integer({ min: from, max: to }),
      isConfirmed: fc.boolean(),
      close: fc.constantFrom('84020', '84020.0', '84021', '84022.5'),
    })
    .map(({ minutes, ...changes }) => minuteCandle(minutes, changes));
  return fc.array(candle, { minLength: 1, maxLength: 60 });
}

describe('CandleSeries beside a map by start', () => {
  /** `known` minutes are confirmed before the candles come. */
  function compare(known: number, candles: readonly Candle[]): void {
    const series = new CandleSeries();
    const reference = new ReferenceSeries();
    for (let minutes = 0; minutes < known; minutes += 1) {
      reference.byStart.set(START + minutes * MINUTE_MS, minuteCandle(minutes, CONFIRMED));
    }
    series.startFrom(reference.candles);
    for (const candle of candles) {
      expect(series.admit(candle)).toEqual(reference.admit(candle));
      expect(series.lastConfirmed).toEqual(reference.candles.findLast((each) => each.isConfirmed));
    }
    expect(series.newest(Infinity)).toEqual(reference.candles);
  }

  test('tells and keeps the same, whatever comes', () => {
    fc.assert(
      fc.property(anyCandles(0, 8), (candles) => {
        compare(0, candles);
      }),
      { numRuns: 500 },
    );
  });

  test('drops the same at its length', () => {
    const known = SERIES_LENGTH - 4;
    const around = fc.oneof(anyCandles(-6, 8), anyCandles(known - 4, known + 12));
    fc.assert(
      fc.property(around, around, (first, second) => {
        compare(known, [...first, ...second]);
      }),
      { numRuns: 60 },
    );
  });
});
