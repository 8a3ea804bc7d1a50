import { describe, expect, onTestFinished, test } from 'vitest';
import { RedisError } from '../../src/domain/errors.ts';
import { MemoryCache } from '../../src/cache/memory.ts';
import type { Envelope } from '../../src/ports/bus.ts';
import type { CacheFields, FieldsKey } from '../../src/ports/cache.ts';
import { LastValues } from '../../src/tape/last-values.ts';
import { PriceCache } from '../../src/tape/price-cache.ts';
import { createRelayParser } from '../../src/tape/relay.ts';
import { VOLATILITY, priceOf } from '../support/bus-events.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';
import { createStrictBus } from '../support/strict-bus.ts';

const TTL_MS = 300_000;
const PAIRS = ['EUR_USD', 'USD_JPY'];

/** A cache that can be away, or slow, and remembers what was put into it. */
class ScriptedCache extends MemoryCache {
  readonly written: (readonly [string, string | undefined])[] = [];
  isAway = false;
  /** While set, whoever writes waits for it. */
  delay: Promise<void> | undefined;

  override async setFields(key: FieldsKey, fields: CacheFields, ttlMs: number): Promise<void> {
    await this.delay;
    if (this.isAway) {
      throw new RedisError('REDIS_UNAVAILABLE', 'It is not connected');
    }
    await super.setFields(key, fields, ttlMs);
    this.written.push([key, fields['bid']]);
  }
}

function createWorld(isOwn: (envelope: Envelope) => boolean = () => true) {
  const clock = new ManualClock();
  const cache = new ScriptedCache({ clock });
  const bus = createStrictBus();
  const lastValues = new LastValues(() => clock.elapsed());
  const logger = createRecordingLogger();
  const priceCache = new PriceCache({
    bus: { subscribe: (subscriber) => bus.subscribe(subscriber), isOwn },
    cache,
    lastValues,
    pairs: PAIRS,
    fieldsOf: ({ bid, ask, mid, time }) => ({ bid, ask, mid, time }),
    parse: createRelayParser({
      trackedPairs: PAIRS,
      isCrypto: () => false,
      now: () => clock.now(),
    }),
    ttlMs: TTL_MS,
    clock,
    logger,
  });
  onTestFinished(() => priceCache.close());
  return { clock, cache, bus, lastValues, priceCache, lines: logger.lines };
}

const bidOf = (number: number): string => priceOf('EUR_USD', number).bid;

describe('writing', () => {
  test('puts the fields of a price under its instrument, for as long as they stay', async () => {
    const { bus, cache, clock, priceCache } = createWorld();
    await priceCache.start();
    const { type, instrument, ...fields } = priceOf('EUR_USD', 1);
    bus.publish(priceOf('EUR_USD', 1));
    bus.publish(VOLATILITY);
    await clock.advance(0);
    await expect(cache.fields('price:EUR_USD')).resolves.toEqual(fields);
    expect(cache.written).toHaveLength(1);
    await clock.advance(TTL_MS);
    await expect(cache.fields('price:EUR_USD')).resolves.toBeUndefined();
  });

  test('is four times a second at most, the newest wins, and the last is written', async () => {
    const { bus, cache, clock, priceCache } = createWorld();
    await priceCache.start();
    for (let number = 1; number <= 100; number += 1) {
      bus.publish(priceOf('EUR_USD', number));
      bus.publish(priceOf('USD_JPY', number));
      await clock.advance(10);
    }
    await clock.advance(250);
    for (const key of ['price:EUR_USD', 'price:USD_JPY']) {
      const bids = cache.written.filter(([name]) => name === key).map(([, bid]) => bid);
      expect(bids).toEqual([1, 25, 50, 75, 100].map(bidOf));
    }
    await clock.advance(60_000);
    expect(cache.written).toHaveLength(10);
    expect(clock.waiting).toBe(0);
  });

  test('leaves prices to the process that has published them', async () => {
    let isOwn = true;
    const { bus, cache, clock, priceCache } = createWorld(() => isOwn);
    await priceCache.start();
    bus.publish(priceOf('EUR_USD', 1));
    await clock.advance(0);
    bus.publish(priceOf('EUR_USD', 2));
    isOwn = false;
    // Ours, which waits, is older than what the other writes.
    bus.publish(priceOf('EUR_USD', 3));
    bus.publish(priceOf('USD_JPY', 1));
    await clock.advance(10_000);
    expect(cache.written).toEqual([['price:EUR_USD', bidOf(1)]]);
  });

  test('goes on until the newest is written, however long the cache is away', async () => {
    const { bus, cache, clock, priceCache, lines } = createWorld();
    await priceCache.start();
    cache.isAway = true;
    for (let number = 1; number <= 90; number += 1) {
      bus.publish(priceOf('EUR_USD', number));
      await clock.advance(1_000);
    }
    expect(cache.written).toEqual([]);
    expect(lines.map(({ level, message }) => [level, message])).toEqual([
      ['warn', 'Prices are not cached'],
      ['warn', 'Prices are not cached'],
    ]);
    cache.isAway = false;
    await clock.advance(1_000);
    expect(cache.written).toEqual([['price:EUR_USD', bidOf(90)]]);
  });

  test('does not overtake itself: what comes during a write is written after it', async () => {
    const { bus, cache, clock, priceCache } = createWorld();
    await priceCache.start();
    let open = (): void => undefined;
    cache.delay = new Promise((resolve) => {
      open = resolve;
    });
    bus.publish(priceOf('EUR_USD', 1));
    await clock.advance(0);
    bus.publish(priceOf('EUR_USD', 2));
    await clock.advance(5_000);
    expect(cache.written).toEqual([]);
    open();
    await clock.advance(250);
    expect(cache.written.map(([, bid]) => bid)).toEqual([bidOf(1), bidOf(2)]);
  });

  test('ends with what waits, and nothing is written after that', async () => {
    const { bus, cache, clock, priceCache } = createWorld();
    await priceCache.start();
    bus.publish(priceOf('EUR_USD', 1));
    await clock.advance(0);
    bus.publish(priceOf('EUR_USD', 2));
    await priceCache.close();
    await priceCache.close();
    bus.publish(priceOf('EUR_USD', 3));
    await clock.advance(10_000);
    expect(cache.written.map(([, bid]) => bid)).toEqual([bidOf(1), bidOf(2)]);
  });

  test('ends while the cache is away', async () => {
    const { bus, cache, clock, priceCache } = createWorld();
    await priceCache.start();
    cache.isAway = true;
    bus.publish(priceOf('EUR_USD', 1));
    await clock.advance(0);
    await expect(priceCache.close()).resolves.toBeUndefined();
  });
});

describe('taking back', () => {
  const known = { bid: '1.0945', ask: '1.0947', mid: '1.0946', time: '2026-06-01T00:00:00.1234Z' };

  test('brings the prices of tracked pairs, with their own time', async () => {
    const { cache, lastValues, priceCache } = createWorld();
    await cache.setFields('price:EUR_USD', known, TTL_MS);
    await cache.setFields('price:GBP_USD', known, TTL_MS);
    await priceCache.start();
    expect(lastValues.quote('EUR_USD')).toEqual({ type: 'quote', instrument: 'EUR_USD', ...known });
    expect(lastValues.quote('USD_JPY')).toBeUndefined();
    expect(lastValues.quote('GBP_USD')).toBeUndefined();
  });

  test('leaves alone what is known, or becomes known meanwhile', async () => {
    const { bus, cache, lastValues, priceCache } = createWorld();
    lastValues.follow(bus);
    await cache.setFields('price:EUR_USD', known, TTL_MS);
    await cache.setFields('price:USD_JPY', known, TTL_MS);
    bus.publish(priceOf('EUR_USD', 1));
    const started = priceCache.start();
    bus.publish(priceOf('USD_JPY', 1));
    await started;
    expect(lastValues.quote('EUR_USD')).toEqual(priceOf('EUR_USD', 1));
    expect(lastValues.quote('USD_JPY')).toEqual(priceOf('USD_JPY', 1));
  });

  test.each([
    ['without a time', { bid: '1.0945', ask: '1.0947', mid: '1.0946' }],
    ['without a bid', { ask: '1.0947', time: known.time }],
    ['with a bid that is no number', { ...known, bid: 'NaN' }],
    ['with a time that is none', { ...known, time: 'yesterday' }],
  ])('takes nothing %s for a price', async (_, fields) => {
    const { cache, lastValues, priceCache } = createWorld();
    await cache.setFields('price:EUR_USD', fields, TTL_MS);
    await cache.setFields('price:USD_JPY', known, TTL_MS);
    await priceCache.start();
    expect(lastValues.quote('EUR_USD')).toBeUndefined();
    expect(lastValues.quote('USD_JPY')).toBeDefined();
  });
});
