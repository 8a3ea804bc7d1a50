import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createMarketVenue } from '../../src/oanda/market-venue.ts';
import type { Market, Tick } from '../../src/market/market.ts';
import { createPriceStream, type PriceStream } from '../../src/oanda/price-stream.ts';
import { createVenueClock } from '../../src/venue-clock.ts';
import { formatTime } from '../../src/venue-time.ts';
import type { WirePrice } from '../support/simulator.ts';

const START_MS = Date.parse('2026-07-01T12:00:00.100Z');
const TICK_MS = 40;

/** Ticks every 40 ms whose price counts up, until it closes. */
function createTinyMarket(closesAtMs = Infinity): Market {
  const isOpen = (_name: string, timeMs: number): boolean => timeMs < closesAtMs;
  const tickAt = (instrument: string, timeMs: number, tradeable: boolean): Tick => {
    const price = (1 + (timeMs - START_MS) / 1_000_000).toFixed(5);
    return {
      instrument,
      timeMs,
      time: formatTime(timeMs, 'RFC3339'),
      bids: [{ price, liquidity: 1 }],
      asks: [{ price, liquidity: 1 }],
      closeoutBid: price,
      closeoutAsk: price,
      tradeable,
    };
  };
  const lastTickMs = (timeMs: number): number =>
    Math.floor(Math.min(timeMs, closesAtMs - 1) / TICK_MS) * TICK_MS;
  return {
    instruments: [],
    isOpen,
    lastTick: (name, timeMs) => tickAt(name, lastTickMs(timeMs), isOpen(name, timeMs)),
    ticksBetween(name, afterMs, untilMs) {
      const ticks: Tick[] = [];
      for (let timeMs = lastTickMs(untilMs); timeMs > afterMs; timeMs -= TICK_MS) {
        ticks.unshift(tickAt(name, timeMs, true));
      }
      return ticks;
    },
    candles: () => [],
  };
}

interface Followed {
  readonly stream: PriceStream;
  readonly lines: { readonly sentMs: number; readonly body: WirePrice }[];
  readonly prices: () => { readonly sentMs: number; readonly body: WirePrice }[];
}

function follow(market: Market, hasSnapshot = true): Followed {
  const lines: { sentMs: number; body: WirePrice }[] = [];
  const stream = createPriceStream({
    venue: createMarketVenue(market, 'test'),
    clock: createVenueClock({ startOffsetMs: 0, speed: 1, now: Date.now }),
    instruments: ['EUR_USD', 'USD_JPY'],
    format: 'RFC3339',
    hasSnapshot,
    writer: {
      write: (json) => lines.push({ sentMs: Date.now(), body: JSON.parse(json) as WirePrice }),
    },
  });
  stream.start();
  return { stream, lines, prices: () => lines.filter(({ body }) => body.type === 'PRICE') };
}

beforeEach(() => {
  vi.useFakeTimers({ now: START_MS });
});

afterEach(() => {
  vi.useRealTimers();
});

describe('price stream', () => {
  test('begins with a price of each instrument and a heartbeat', () => {
    const { stream, lines } = follow(createTinyMarket());
    expect(lines.map(({ body }) => (body.type === 'PRICE' ? body.instrument : body.type))).toEqual([
      'EUR_USD',
      'USD_JPY',
      'HEARTBEAT',
    ]);
    stream.close();
  });

  test('leaves the snapshot out when asked to', () => {
    const { stream, prices } = follow(createTinyMarket(), false);
    expect(prices()).toEqual([]);
    stream.close();
  });

  test('sends the last price of each 250 ms window, once per instrument', () => {
    const { stream, prices } = follow(createTinyMarket(), false);
    vi.advanceTimersByTime(2_000);
    const euro = prices().filter(({ body }) => body.instrument === 'EUR_USD');
    expect(euro).toHaveLength(8);
    euro.forEach(({ sentMs, body }, index) => {
      const windowEndMs = START_MS + (index + 1) * 250;
      expect(sentMs).toBe(windowEndMs);
      expect(Date.parse(body.time)).toBe(Math.floor(windowEndMs / TICK_MS) * TICK_MS);
    });
    stream.close();
  });

  test('begins its windows when it begins, so that two streams see different prices', () => {
    const first = follow(createTinyMarket(), false);
    vi.advanceTimersByTime(130);
    const second = follow(createTinyMarket(), false);
    vi.advanceTimersByTime(2_000);
    const times = first.prices().map(({ body }) => body.time);
    expect(second.prices().some(({ body }) => times.includes(body.time))).toBe(false);
    first.stream.close();
    second.stream.close();
  });

  test('sends a heartbeat every five seconds, with or without prices', () => {
    const { stream, lines } = follow(createTinyMarket(START_MS - 1_000));
    vi.advanceTimersByTime(21_000);
    const beats = lines.filter(({ body }) => body.type === 'HEARTBEAT');
    expect(beats.map(({ body }) => Date.parse(body.time) - START_MS)).toEqual([
      0, 5_000, 10_000, 15_000, 20_000,
    ]);
    expect(lines).toHaveLength(beats.length + 2);
    stream.close();
  });

  test('says once that the market closed, with the time of the last price', () => {
    const { stream, prices } = follow(createTinyMarket(START_MS + 1_100));
    vi.advanceTimersByTime(10_000);
    const euro = prices().filter(({ body }) => body.instrument === 'EUR_USD');
    const closed = euro.filter(({ body }) => !body.tradeable);
    expect(closed).toHaveLength(1);
    expect(euro.at(-1)).toBe(closed[0]);
    expect(closed[0]?.body.status).toBe('non-tradeable');
    expect(Date.parse(closed[0]?.body.time ?? '')).toBeLessThan(START_MS + 1_100);
    stream.close();
  });

  test('says nothing more once it is closed', () => {
    const { stream, lines } = follow(createTinyMarket());
    stream.close();
    const before = lines.length;
    vi.advanceTimersByTime(20_000);
    expect(lines).toHaveLength(before);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('sends what it slept through up to ten minutes back and goes on', () => {
    const { stream, prices } = follow(createTinyMarket(), false);
    vi.setSystemTime(START_MS + 8 * 3_600_000);
    vi.advanceTimersByTime(1_000);
    const first = prices()[0];
    expect(Date.parse(first?.body.time ?? '')).toBeGreaterThan(START_MS + 7.8 * 3_600_000);
    stream.close();
  });

  test('catches up in portions, so that a reader gets its turn, and loses nothing', () => {
    const { stream, lines, prices } = follow(createTinyMarket(), false);
    vi.setSystemTime(START_MS + 60_000);
    vi.advanceTimersToNextTimer();
    expect(prices().length).toBeLessThanOrEqual((2 * 10_000) / 250);
    vi.advanceTimersByTime(100);
    const slept = prices().filter(({ body }) => Date.parse(body.time) <= START_MS + 60_000);
    expect(slept).toHaveLength((2 * 60_000) / 250);
    const beats = lines.filter(({ body }) => body.type === 'HEARTBEAT');
    expect(beats).toHaveLength(13);
    const times = lines.map(({ body }) => Date.parse(body.time));
    expect(times.every((time, index) => index === 0 || time > (times[index - 1] ?? 0) - 250)).toBe(
      true,
    );
    stream.close();
  });
});
