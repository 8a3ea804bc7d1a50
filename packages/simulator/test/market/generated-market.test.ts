import { describe, expect, test } from 'vitest';
import { createGeneratedMarket } from '../../src/market/generated-market.ts';
import type { Market, PriceLevel, Tick } from '../../src/market/market.ts';

const HOUR_MS = 3_600_000;
const NOW_MS = Date.parse('2026-11-18T15:00:00Z');
const market = createGeneratedMarket({ seed: 1, weekend: 'open' });
const fxHours = createGeneratedMarket({ seed: 1, weekend: 'closed' });

const price = ({ price: text }: PriceLevel): number => Number(text);
const bestBid = (tick: Tick | undefined): number => Math.max(...(tick?.bids ?? []).map(price));
const bestAsk = (tick: Tick | undefined): number => Math.min(...(tick?.asks ?? []).map(price));

describe('createGeneratedMarket', () => {
  test('makes exactly these prices, on every machine', () => {
    const at = (of: Market, name: string, time: string): string => {
      const tick = of.lastTick(name, Date.parse(time));
      const words = [tick?.time, tick?.bids[0]?.price, tick?.asks[0]?.price];
      return (tick?.tradeable === true ? words : [...words, 'not tradeable']).join(' ');
    };

    expect([
      at(market, 'EUR_USD', '2024-11-18T00:00:00Z'),
      at(market, 'EUR_USD', '2026-11-18T15:00:00Z'),
      at(market, 'USD_JPY', '2025-07-04T01:23:45.678Z'),
      at(market, 'XAU_USD', '2026-03-29T00:59:59.999Z'),
      at(market, 'USD_HKD', '2026-11-15T03:00:00Z'),
      at(fxHours, 'GBP_CHF', '2026-11-14T12:00:00Z'),
      at(createGeneratedMarket({ seed: -7, weekend: 'open' }), 'EUR_USD', '2026-11-18T15:00:00Z'),
    ]).toEqual([
      '2024-11-17T23:59:58.731805782Z 1.19330 1.19348',
      '2026-11-18T14:59:59.639455563Z 1.12434 1.12447',
      '2025-07-04T01:23:45.551263840Z 155.955 155.969',
      '2026-03-29T00:59:52.543698943Z 2072.690 2073.101',
      '2026-11-15T02:59:31.049339795Z 7.80020 7.80057',
      '2026-11-13T21:58:59.197101704Z 1.09954 1.09988 not tradeable',
      '2026-11-18T14:59:59.754785111Z 1.15059 1.15073',
    ]);
    const span = { startMs: NOW_MS - HOUR_MS, endMs: NOW_MS };
    expect(market.candles('EUR_USD', 'H1', [span], NOW_MS)).toEqual([
      {
        startMs: span.startMs,
        bid: { o: '1.12468', h: '1.12566', l: '1.12412', c: '1.12434' },
        ask: { o: '1.12481', h: '1.12579', l: '1.12426', c: '1.12447' },
        mid: { o: '1.12475', h: '1.12573', l: '1.12419', c: '1.12441' },
        volume: 9027,
      },
    ]);
  });

  test('is a function of seed, instrument and time, whatever was asked before', () => {
    const fresh = createGeneratedMarket({ seed: 1, weekend: 'open' });
    const wandered = createGeneratedMarket({ seed: 1, weekend: 'open' });
    for (let hours = 0; hours < 70_000; hours += 137) {
      wandered.lastTick('EUR_USD', NOW_MS - hours * HOUR_MS);
      wandered.lastTick('EUR_USD', NOW_MS + hours * HOUR_MS);
    }
    for (const name of ['EUR_USD', 'GBP_JPY', 'XAU_USD']) {
      const ticks = fresh.ticksBetween(name, NOW_MS - 600_000, NOW_MS);
      expect(ticks.length).toBeGreaterThan(50);
      expect(wandered.ticksBetween(name, NOW_MS - 600_000, NOW_MS)).toEqual(ticks);
    }
  });

  test('is another market under another seed', () => {
    const other = createGeneratedMarket({ seed: 3, weekend: 'open' });

    expect(other.lastTick('EUR_USD', NOW_MS)).not.toEqual(market.lastTick('EUR_USD', NOW_MS));
  });

  test('joins stretches of ticks without loss or repetition', () => {
    const whole = market.ticksBetween('EUR_USD', NOW_MS - 2 * HOUR_MS, NOW_MS);
    const parts: Tick[] = [];
    for (let timeMs = NOW_MS - 2 * HOUR_MS; timeMs < NOW_MS; timeMs += 250) {
      parts.push(...market.ticksBetween('EUR_USD', timeMs, timeMs + 250));
    }

    expect(parts).toEqual(whole);
    expect(whole.every(({ timeMs }, i) => i === 0 || timeMs > (whole[i - 1]?.timeMs ?? 0))).toBe(
      true,
    );
  });

  test('has as its last tick the newest of the ticks', () => {
    for (const name of ['EUR_USD', 'AUD_NZD', 'USD_HKD']) {
      const ticks = market.ticksBetween(name, NOW_MS - HOUR_MS, NOW_MS);
      for (const [index, tick] of ticks.entries()) {
        expect(market.lastTick(name, tick.timeMs)).toEqual(tick);
        if (index > 0) {
          expect(market.lastTick(name, tick.timeMs - 1)).toEqual(ticks[index - 1]);
        }
      }
    }
  });

  test('names the nearest tick on either side of a time', () => {
    const ticks = market.ticksBetween('AUD_NZD', NOW_MS - HOUR_MS, NOW_MS);
    for (const [index, { timeMs }] of ticks.entries()) {
      const next = ticks[index + 1];
      expect(market.nearest?.('AUD_NZD', 'S5', 'from', timeMs)).toBe(timeMs);
      expect(market.nearest?.('AUD_NZD', 'S5', 'before', timeMs + 1)).toBe(timeMs);
      if (next !== undefined) {
        expect(market.nearest?.('AUD_NZD', 'S5', 'from', timeMs + 1)).toBe(next.timeMs);
        expect(market.nearest?.('AUD_NZD', 'S5', 'before', next.timeMs)).toBe(timeMs);
      }
    }
    const saturdayMs = Date.parse('2026-11-14T12:00:00Z');
    expect(fxHours.nearest?.('EUR_USD', 'S5', 'before', saturdayMs)).toBeLessThan(
      Date.parse('2026-11-13T21:59:00Z'),
    );
    expect(fxHours.nearest?.('EUR_USD', 'S5', 'from', saturdayMs)).toBeGreaterThanOrEqual(
      Date.parse('2026-11-15T22:05:00Z'),
    );
  });

  test('writes times with nine digits, of which the first three are the milliseconds', () => {
    for (const { time, timeMs } of market.ticksBetween('USD_JPY', NOW_MS - 60_000, NOW_MS)) {
      expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
      expect(Date.parse(time)).toBe(timeMs);
    }
  });

  test('quotes a book with a spread, inside its closeout prices', () => {
    for (const { name, displayPrecision } of market.instruments) {
      for (const tick of market.ticksBetween(name, NOW_MS - HOUR_MS / 4, NOW_MS)) {
        const written = new RegExp(`^\\d+\\.\\d{${displayPrecision}}$`);
        const prices = [...tick.bids, ...tick.asks].map((level) => level.price);
        expect([...prices, tick.closeoutBid, tick.closeoutAsk].every((p) => written.test(p))).toBe(
          true,
        );
        expect(bestAsk(tick)).toBeGreaterThan(bestBid(tick));
        expect(Number(tick.closeoutBid)).toBeLessThan(Math.min(...tick.bids.map(price)));
        expect(Number(tick.closeoutAsk)).toBeGreaterThan(Math.max(...tick.asks.map(price)));
      }
    }
  });

  test('shows two levels now and then, rarely with the worse one first', () => {
    const ticks = market.ticksBetween('EUR_USD', NOW_MS - 2 * HOUR_MS, NOW_MS);
    const deep = ticks.filter(({ bids, asks }) => bids.length === 2 && asks.length === 2);
    const reversed = deep.filter((tick) => Number(tick.bids[0]?.price) < bestBid(tick));

    expect(deep.length / ticks.length).toBeGreaterThan(0.05);
    expect(deep.length / ticks.length).toBeLessThan(0.25);
    expect(reversed.length).toBeGreaterThan(0);
    expect(reversed.length / deep.length).toBeLessThan(0.2);
  });

  test('pays nothing for a way round three pairs', () => {
    const ways = [
      ['EUR_USD', 'USD_JPY', 'EUR_JPY'],
      ['GBP_USD', 'USD_CHF', 'GBP_CHF'],
      ['EUR_GBP', 'GBP_AUD', 'EUR_AUD'],
      ['AUD_NZD', 'NZD_USD', 'AUD_USD'],
      ['EUR_USD', 'USD_HKD', 'EUR_HKD'],
      ['NZD_USD', 'USD_CAD', 'NZD_CAD'],
    ] as const;
    for (const of of [market, fxHours]) {
      for (let step = 0; step < 3_000; step += 1) {
        const timeMs = NOW_MS - step * 1_234_567;
        for (const way of ways) {
          const [first, second, cross] = way.map((name) => of.lastTick(name, timeMs));
          const overLegs = (bestBid(first) * bestBid(second)) / bestAsk(cross);
          const overCross = bestBid(cross) / (bestAsk(first) * bestAsk(second));
          expect(Math.max(overLegs, overCross), way.join(' ')).toBeLessThan(1);
        }
      }
    }
  });

  test('trades around the clock, or keeps FX hours', () => {
    const saturdayMs = Date.parse('2026-11-14T12:00:00Z');

    expect(market.isOpen('EUR_USD', saturdayMs)).toBe(true);
    expect(market.ticksBetween('EUR_USD', saturdayMs, saturdayMs + HOUR_MS).length).toBeGreaterThan(
      100,
    );
    expect(fxHours.isOpen('EUR_USD', saturdayMs)).toBe(false);
    expect(
      fxHours.ticksBetween(
        'EUR_USD',
        Date.parse('2026-11-13T21:59:00Z'),
        Date.parse('2026-11-15T22:05:00Z') - 1,
      ),
    ).toEqual([]);
  });

  test('keeps the last tick before the close through the weekend, not tradeable', () => {
    const closeMs = Date.parse('2026-11-13T21:59:00Z');
    const before = fxHours.lastTick('EUR_USD', closeMs - 1);
    const after = fxHours.lastTick('EUR_USD', closeMs);

    expect(before?.tradeable).toBe(true);
    expect(after).toEqual({ ...before, tradeable: false });
    expect(fxHours.lastTick('EUR_USD', closeMs + 48 * HOUR_MS)).toEqual(after);
    expect(fxHours.lastTick('EUR_USD', closeMs + 49 * HOUR_MS)?.tradeable).toBe(true);
  });

  test('is tradeable after a pause only from its own first tick on', () => {
    const opening = Date.parse('2026-11-15T22:05:00Z');
    const afterBreak = Date.parse('2026-11-18T23:04:00Z');
    for (const [name, openMs] of [
      ['USD_HKD', opening],
      ['NZD_HKD', opening],
      ['EUR_USD', opening],
      ['XAU_USD', afterBreak],
    ] as const) {
      const [first] = fxHours.ticksBetween(name, openMs - 1, openMs + HOUR_MS);
      const firstMs = first?.timeMs ?? 0;
      expect(fxHours.lastTick(name, firstMs - 1)?.tradeable).toBe(false);
      expect(fxHours.lastTick(name, firstMs)?.tradeable).toBe(true);
      expect(fxHours.lastTick(name, openMs + 3 * HOUR_MS)?.tradeable).toBe(true);
    }
  });

  test('closes gold for an hour every day, but not around the clock', () => {
    const pauseMs = Date.parse('2026-11-18T22:30:00Z');

    expect(fxHours.isOpen('XAU_USD', pauseMs)).toBe(false);
    expect(fxHours.isOpen('EUR_USD', pauseMs)).toBe(true);
    expect(fxHours.lastTick('XAU_USD', pauseMs)?.tradeable).toBe(false);
    expect(market.isOpen('XAU_USD', pauseMs)).toBe(true);
  });

  test('refuses what it does not trade', () => {
    expect(() => market.lastTick('EUR_XXX', NOW_MS)).toThrow(RangeError);
    expect(() => market.candles('toString', 'H1', [], NOW_MS)).toThrow(RangeError);
  });
});
