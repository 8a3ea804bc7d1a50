import { GRANULARITIES, type Granularity } from '@tickwire/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createGeneratedMarket } from '../../src/market/generated-market.ts';
import type { MarketCandle, Ohlc, PriceLevel, Span, Tick } from '../../src/market/market.ts';

const DAY_MS = 86_400_000;
const FIRST_MS = Date.parse('2025-02-03T00:00:00Z');
const LAST_MS = Date.parse('2026-11-20T00:00:00Z');

const markets = {
  open: createGeneratedMarket({ seed: 11, weekend: 'open' }),
  closed: createGeneratedMarket({ seed: 12, weekend: 'closed' }),
};

/** What the search must agree with: every tick looked at. */
function sumUp(span: Span, ticks: readonly Tick[], digits: number): MarketCandle | undefined {
  if (ticks.length === 0) {
    return undefined;
  }
  const toPoints = ({ price }: PriceLevel): number => Number(price.replace('.', ''));
  const bids = ticks.map((tick) => Math.max(...tick.bids.map(toPoints)));
  const asks = ticks.map((tick) => Math.min(...tick.asks.map(toPoints)));
  const mids = bids.map((bid, index) => Math.floor((bid + (asks[index] ?? NaN) + 1) / 2));
  return {
    startMs: span.startMs,
    bid: toOhlc(bids, digits),
    ask: toOhlc(asks, digits),
    mid: toOhlc(mids, digits),
    volume: ticks.length,
  };
}

function toOhlc(points: readonly number[], digits: number): Ohlc {
  const format = (value = NaN): string => (value / 10 ** digits).toFixed(digits);
  return {
    o: format(points[0]),
    h: format(points.reduce((high, value) => Math.max(high, value))),
    l: format(points.reduce((low, value) => Math.min(low, value))),
    c: format(points.at(-1)),
  };
}

function expectSameAsTicks(
  weekend: 'open' | 'closed',
  name: string,
  span: Span,
  nowMs = Infinity,
): void {
  const market = markets[weekend];
  const instrument = market.instruments.find((each) => each.name === name);
  const untilMs = Math.min(span.endMs - 1, nowMs);
  const ticks = market.ticksBetween(name, span.startMs - 1, untilMs);
  const [candle] = market.candles(name, 'H1', [span], nowMs);

  expect(candle).toEqual(sumUp(span, ticks, instrument?.displayPrecision ?? NaN));
}

const weekends = fc.constantFrom('open' as const, 'closed' as const);
const names = fc.constantFrom(...markets.open.instruments.map(({ name }) => name));

describe('candles of the generated market', () => {
  test('equal the sum of their ticks, of any span', () => {
    fc.assert(
      fc.property(
        weekends,
        names,
        fc.integer({ min: FIRST_MS, max: LAST_MS }),
        fc.oneof(fc.integer({ min: 1, max: 60_000 }), fc.integer({ min: 1, max: 3 * 3_600_000 })),
        (weekend, name, startMs, lengthMs) => {
          expectSameAsTicks(weekend, name, { startMs, endMs: startMs + lengthMs });
        },
      ),
      { seed: 20_261_121, numRuns: 250 },
    );
  });

  test('equal the sum of their ticks, of every granularity on its grid', () => {
    const granularities = Object.keys(GRANULARITIES) as readonly Granularity[];
    fc.assert(
      fc.property(
        weekends,
        names,
        fc.constantFrom(...granularities.filter((each) => GRANULARITIES[each] <= DAY_MS / 6)),
        fc.integer({ min: FIRST_MS, max: LAST_MS }),
        (weekend, name, granularity, timeMs) => {
          const lengthMs = GRANULARITIES[granularity];
          const startMs = Math.floor(timeMs / lengthMs) * lengthMs;
          expectSameAsTicks(weekend, name, { startMs, endMs: startMs + lengthMs });
        },
      ),
      { seed: 20_261_122, numRuns: 120 },
    );
  });

  test.each([
    ['open', 'EUR_USD', '2026-03-08T22:00:00Z', 1],
    ['closed', 'GBP_JPY', '2026-03-08T21:00:00Z', 1],
    ['closed', 'XAU_USD', '2025-11-02T21:00:00Z', 1],
    ['open', 'USD_HKD', '2025-10-31T21:00:00Z', 28],
    ['closed', 'AUD_NZD', '2026-05-01T21:00:00Z', 7],
  ] as const)(
    'equal the sum of their ticks (%s, %s, %s, %d days)',
    (weekend, name, start, days) => {
      const startMs = Date.parse(start);

      expectSameAsTicks(weekend, name, { startMs, endMs: startMs + days * DAY_MS });
    },
  );

  test('count no tick that is later than now', () => {
    fc.assert(
      fc.property(
        weekends,
        names,
        fc.integer({ min: FIRST_MS, max: LAST_MS }),
        fc.integer({ min: -60_000, max: 2 * 3_600_000 }),
        (weekend, name, startMs, elapsedMs) => {
          const span = { startMs, endMs: startMs + 2 * 3_600_000 };
          expectSameAsTicks(weekend, name, span, startMs + elapsedMs);
        },
      ),
      { seed: 20_261_123, numRuns: 80 },
    );
  });

  test('are the same alone and among others', () => {
    const spans = Array.from({ length: 40 }, (_, index) => {
      const startMs = LAST_MS - (40 - index) * 900_000;
      return { startMs, endMs: startMs + 900_000 };
    });
    const together = markets.open.candles('EUR_GBP', 'M15', spans, LAST_MS);
    const alone = spans.map((span) => markets.open.candles('EUR_GBP', 'M15', [span], LAST_MS)[0]);

    expect(together).toEqual(alone);
    expect(together.every((candle) => candle !== undefined)).toBe(true);
  });

  test('are missing where nothing ticks: at night in five seconds, at weekends for days', () => {
    const nightMs = Date.parse('2026-11-18T22:00:00Z');
    const noonMs = Date.parse('2026-11-18T14:00:00Z');
    const fiveSeconds = (fromMs: number): Span[] =>
      Array.from({ length: 720 }, (_, index) => ({
        startMs: fromMs + index * 5_000,
        endMs: fromMs + index * 5_000 + 5_000,
      }));
    const missing = (name: string, fromMs: number): number =>
      markets.open
        .candles(name, 'S5', fiveSeconds(fromMs), LAST_MS)
        .filter((candle) => candle === undefined).length;

    expect(missing('EUR_USD', nightMs)).toBeGreaterThan(50);
    expect(missing('AUD_NZD', nightMs)).toBeGreaterThan(400);
    expect(missing('EUR_USD', noonMs)).toBeLessThan(50);
    const saturday = { startMs: Date.parse('2026-11-14T00:00:00Z'), endMs: 0 };
    const closedDay = { ...saturday, endMs: saturday.startMs + DAY_MS };
    expect(markets.closed.candles('EUR_USD', 'D', [closedDay], LAST_MS)).toEqual([undefined]);
    expect(markets.open.candles('EUR_USD', 'D', [closedDay], LAST_MS)).not.toEqual([undefined]);
  });
});
