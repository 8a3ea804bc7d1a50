import fc from 'fast-check';
import type { Quote } from '@tickwire/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SidedCandle } from '../../src/domain/sided-candle.ts';
import type { CandleNews, Store } from '../../src/ports/store.ts';
import { CandleModel } from '../support/candle-model.ts';
import { MINUTE_MS, NOON, candleOf } from '../support/stored-candle.ts';

const DAY_MS = 86_400_000;
const BID = { open: '1.09', high: '1.99', low: '0.99', close: '1.49' };
const ASK = { open: '1.11', high: '2.01', low: '1.01', close: '1.51' };

/** What every store promises, whatever keeps it. */
export function testStore(name: string, open: () => Promise<Store>): void {
  describe(`${name} store`, () => {
    let store: Store;
    let instruments = 0;
    /** Nobody has used it before: one database serves all tests. */
    const newInstrument = (): string => `COIN${(instruments += 1)}`;
    const newPair = (): string => `EUR_P${(instruments += 1)}`;
    const all = (instrument: string): Promise<readonly SidedCandle[]> =>
      store.candles({ instrument, interval: '1', limit: 100_000, pick: 'oldest' });

    beforeAll(async () => {
      store = await open();
      await store.start();
    });

    afterAll(async () => {
      await store.close();
    });

    describe('candles', () => {
      test('come back as they were saved, digit by digit', async () => {
        const crypto = candleOf({ instrument: newInstrument(), turnover: '0.00000100' });
        const unconfirmed = { ...crypto, start: NOON + MINUTE_MS, end: NOON + 2 * MINUTE_MS - 1 };
        const live = { ...unconfirmed, isConfirmed: false, source: 'history' } as const;
        const fx = candleOf({ instrument: newPair(), sides: { bid: BID, ask: ASK } });
        const mids = candleOf({ instrument: newPair(), source: 'quotes', revision: 2 });
        await store.saveCandles([crypto, live, fx, mids]);
        await expect(all(crypto.instrument)).resolves.toEqual([crypto, live]);
        await expect(all(fx.instrument)).resolves.toEqual([fx]);
        await expect(all(mids.instrument)).resolves.toEqual([mids]);
      });

      test('of an interval are apart from those of others', async () => {
        const instrument = newPair();
        const intervals = ['1', '3', '60', 'D', 'W', 'M'] as const;
        const candles = intervals.map((interval) =>
          candleOf({ instrument, interval, start: Date.UTC(2024, 0, 1) }),
        );
        await store.saveCandles(candles);
        for (const candle of candles) {
          const { interval } = candle;
          await expect(
            store.candles({ instrument, interval, limit: 10, pick: 'newest' }),
          ).resolves.toEqual([candle]);
        }
      });

      test('are news when they are inserted, updated, confirmed and corrected, and only then', async () => {
        const instrument = newInstrument();
        const told: (string | undefined)[] = [];
        const save = async (changes: Partial<SidedCandle>): Promise<void> => {
          const [news] = await store.saveCandles([candleOf({ instrument, ...changes })]);
          told.push(news && `${news.change} ${news.candle.close} r${news.candle.revision}`);
        };
        await save({ isConfirmed: false });
        await save({ isConfirmed: false });
        await save({ isConfirmed: false, close: '1.60' });
        await save({ close: '1.60' });
        await save({ close: '1.6' });
        await save({ isConfirmed: false, close: '1.70' });
        await save({ close: '1.80' });
        await save({ close: '1.90', source: 'quotes' });
        await save({ close: '1.70', source: 'history' });
        expect(told).toEqual([
          'inserted 1.50 r0',
          undefined,
          'updated 1.60 r0',
          'confirmed 1.60 r0',
          undefined,
          undefined,
          'corrected 1.80 r1',
          undefined,
          'corrected 1.70 r2',
        ]);
      });

      test('that are older and come late change nothing', async () => {
        const known = { close: '1.60', revision: 1, source: 'history' } as const;
        const sides = { bid: BID, ask: ASK };
        const late = async (first: Partial<SidedCandle>, then: Partial<SidedCandle>) => {
          const instrument = newPair();
          await store.saveCandles([candleOf({ instrument, ...first })]);
          await store.saveCandles([candleOf({ instrument, ...then })]);
          return (await all(instrument)).map(
            ({ close, revision, source }) => `${close} r${revision} ${source}`,
          );
        };
        const stays = ['1.60 r1 history'];
        expect(await late(known, { close: '1.40' })).toEqual(stays);
        expect(await late(known, { close: '1.40', sides })).toEqual(stays);
        expect(await late(known, { close: '1.40', revision: 1 })).toEqual(stays);
        const whole = { ...known, sides };
        const otherSides = { bid: { ...BID, low: '0.98' }, ask: ASK };
        expect(await late(whole, { close: '1.60', sides: otherSides })).toEqual(stays);
        expect(await late(known, { close: '1.40', revision: 2 })).toEqual(['1.40 r2 stream']);
        expect(await late(known, { close: '1.40', source: 'history' })).toEqual([
          '1.40 r2 history',
        ]);
        const streamed = { ...known, source: 'stream' } as const;
        expect(await late(streamed, { close: '1.40' })).toEqual(['1.60 r1 stream']);
        expect(await late(streamed, { close: '1.40', revision: 1 })).toEqual(['1.40 r2 stream']);
        expect(await late(streamed, { close: '1.40', revision: 7 })).toEqual(['1.40 r7 stream']);
      });

      test('that were built from quotes yield to the venue', async () => {
        const instrument = newPair();
        const built = candleOf({ instrument, source: 'quotes' });
        const venues = {
          ...built,
          close: '1.51',
          source: 'history',
          sides: { bid: BID, ask: ASK },
        };
        await store.saveCandles([built]);
        const news = await store.saveCandles([venues as SidedCandle]);
        expect(news).toEqual([{ change: 'corrected', candle: { ...venues, revision: 1 } }]);
        await expect(store.saveCandles([built])).resolves.toEqual([]);
        await expect(all(instrument)).resolves.toEqual([{ ...venues, revision: 1 }]);
      });

      test('learn their bid and ask later, and keep them', async () => {
        const instrument = newPair();
        const mids = candleOf({ instrument });
        const whole = { ...mids, source: 'history', sides: { bid: BID, ask: ASK } } as const;
        await store.saveCandles([mids]);
        await expect(store.saveCandles([whole])).resolves.toEqual([
          { change: 'completed', candle: whole },
        ]);
        await expect(store.saveCandles([mids, whole])).resolves.toEqual([]);
        const other = { ...whole, sides: { bid: { ...BID, low: '0.98' }, ask: ASK } };
        await expect(store.saveCandles([other])).resolves.toEqual([
          { change: 'corrected', candle: { ...other, revision: 1 } },
        ]);
        await expect(all(instrument)).resolves.toEqual([{ ...other, revision: 1 }]);
      });

      test('are kept in the order of a batch, also where one comes several times', async () => {
        const instrument = newInstrument();
        const live = candleOf({ instrument, isConfirmed: false });
        const news = await store.saveCandles([
          live,
          { ...live, close: '1.60' },
          { ...live, isConfirmed: true, close: '1.70' },
          live,
          { ...live, isConfirmed: true, close: '1.80' },
          { ...live, isConfirmed: true, close: '1.80' },
        ]);
        expect(news.map(({ change, candle }) => `${change} ${candle.close}`)).toEqual([
          'inserted 1.70',
          'corrected 1.80',
        ]);
        await expect(all(instrument)).resolves.toMatchObject([{ close: '1.80', revision: 1 }]);
      });

      test('are kept all or not at all', async () => {
        const instrument = newInstrument();
        const good = Array.from({ length: 1_500 }, (_, index) =>
          candleOf({ instrument, start: NOON + index * MINUTE_MS }),
        );
        const bad = candleOf({ instrument, start: NOON - MINUTE_MS, open: 'twelve' });
        await expect(store.saveCandles([...good, bad])).rejects.toMatchObject({
          code: 'STORE_QUERY_FAILED',
          retryable: false,
        });
        await expect(all(instrument)).resolves.toEqual([]);
        await expect(store.saveCandles([])).resolves.toEqual([]);
      });

      test('are answered within bounds, oldest first, from the end that was asked for', async () => {
        const instrument = newInstrument();
        // Over the end of a month: two partitions.
        const start = Date.UTC(2025, 5, 30, 23, 55);
        const starts = Array.from({ length: 10 }, (_, index) => start + index * MINUTE_MS);
        await store.saveCandles(starts.map((time) => candleOf({ instrument, start: time })));
        const ask = async (bounds: { from?: number; to?: number }, pick: 'newest' | 'oldest') => {
          const query = { instrument, interval: '1', limit: 3, pick, ...bounds } as const;
          return (await store.candles(query)).map((candle) => (candle.start - start) / MINUTE_MS);
        };
        expect(await ask({}, 'newest')).toEqual([7, 8, 9]);
        expect(await ask({}, 'oldest')).toEqual([0, 1, 2]);
        expect(await ask({ from: start + 4 * MINUTE_MS }, 'oldest')).toEqual([4, 5, 6]);
        expect(await ask({ to: start + 4 * MINUTE_MS }, 'newest')).toEqual([1, 2, 3]);
        expect(
          await ask({ from: start + 8 * MINUTE_MS, to: start + 9 * MINUTE_MS }, 'newest'),
        ).toEqual([8]);
      });

      test('are answered within bounds also where they are more than one answer has', async () => {
        const instrument = newInstrument();
        const candles = Array.from({ length: 5_003 }, (_, index) =>
          candleOf({ instrument, start: NOON + index * MINUTE_MS, volume: String(index) }),
        );
        await store.saveCandles(candles);
        for (const limit of [1_999, 2_000, 2_001, 4_000, 4_001, 10_000]) {
          for (const [first, end] of [
            [0, 5_003],
            [1, 5_002],
            [400, 4_400],
            [401, 4_402],
          ] as const) {
            const bounds = { from: NOON + first * MINUTE_MS, to: NOON + end * MINUTE_MS };
            const query = { instrument, interval: '1', limit, ...bounds } as const;
            const within = candles.slice(first, end);
            const [oldest, newest] = await Promise.all([
              store.candles({ ...query, pick: 'oldest' }),
              store.candles({ ...query, pick: 'newest' }),
            ]);
            expect(oldest).toEqual(within.slice(0, limit));
            expect(newest).toEqual(within.slice(-limit));
          }
        }
        const series = { instrument, interval: '1' } as const;
        await expect(
          store.candles({ ...series, limit: Infinity, pick: 'newest' }),
        ).resolves.toEqual(candles);
      }, 60_000);

      test('tell which was the last that is confirmed', async () => {
        const instrument = newInstrument();
        const series = { instrument, interval: '1' } as const;
        await expect(store.lastConfirmed(series)).resolves.toBeUndefined();
        const first = candleOf({ instrument });
        await store.saveCandles([
          first,
          candleOf({ instrument, start: NOON + MINUTE_MS, isConfirmed: false }),
          candleOf({ instrument, interval: '5', start: NOON + 5 * MINUTE_MS }),
        ]);
        await expect(store.lastConfirmed(series)).resolves.toEqual(first);
      });

      test('are what the rules make of any sequence of them', async () => {
        const batches = fc.array(fc.array(anyCandle(), { minLength: 1, maxLength: 6 }), {
          minLength: 1,
          maxLength: 4,
        });
        await fc.assert(
          fc.asyncProperty(batches, fc.boolean(), async (given, isFx) => {
            const instrument = isFx ? newPair() : newInstrument();
            const model = new CandleModel();
            for (const batch of given) {
              const candles = batch.map(({ sides, turnover, ...candle }) => ({
                ...candle,
                instrument,
                ...(isFx && sides !== undefined ? { sides } : {}),
                ...(!isFx && turnover !== undefined ? { turnover } : {}),
              }));
              const before = model.candles;
              candles.forEach((candle) => {
                model.save(candle);
              });
              const news = await store.saveCandles(candles);
              expect(await all(instrument)).toEqual(model.candles);
              expect(newest(news)).toEqual(changed(before, model.candles));
            }
          }),
          { numRuns: 60 },
        );
      }, 120_000);

      test('are many: 50,000 of them come back', async () => {
        const instrument = newInstrument();
        const candles = Array.from({ length: 50_000 }, (_, index) =>
          candleOf({ instrument, start: NOON + index * MINUTE_MS, turnover: String(index) }),
        );
        const startedAt = performance.now();
        for (let at = 0; at < candles.length; at += 5_000) {
          expect(await store.saveCandles(candles.slice(at, at + 5_000))).toHaveLength(5_000);
        }
        expect(performance.now() - startedAt).toBeLessThan(25_000);
        expect(await all(instrument)).toEqual(candles);
      }, 60_000);
    });

    describe('quotes', () => {
      const quoteOf = (instrument: string, time: string, bid = '1.10'): Quote => {
        return { type: 'quote', instrument, bid, ask: '1.20', mid: '1.15', time };
      };
      const last = async (...names: string[]): Promise<readonly Quote[]> =>
        (await store.lastQuotes()).filter(({ instrument }) => names.includes(instrument));

      test('give the newest of each instrument, in the precision of the venue', async () => {
        const [one, two] = [newPair(), newPair()];
        await store.saveQuotes([
          quoteOf(one, '2025-06-18T12:00:00.123456789Z'),
          quoteOf(two, '2025-06-18T12:00:00Z'),
          quoteOf(one, '2025-06-18T11:00:00.5Z', '1.00'),
        ]);
        await store.saveQuotes([quoteOf(two, '2025-06-17T12:00:00Z', '1.00')]);
        await store.saveQuotes([]);
        const quotes = await last(one, two);
        expect(quotes).toEqual([
          quoteOf(one, '2025-06-18T12:00:00.123456789Z'),
          quoteOf(two, '2025-06-18T12:00:00Z'),
        ]);
      });

      test('of the last nanosecond of a day stay in their day', async () => {
        const pair = newPair();
        const quote = quoteOf(pair, '2023-03-03T23:59:59.999999999Z');
        await store.saveQuotes([quote]);
        await expect(last(pair)).resolves.toEqual([quote]);
      });

      test('lose whole days, and nothing that is younger', async () => {
        const pair = newPair();
        const day = Date.UTC(2024, 1, 28);
        const at = (days: number): string => new Date(day + days * DAY_MS).toISOString();
        await store.saveQuotes([0, 1, 2].map((days) => quoteOf(pair, at(days))));
        const table = 'real_time_prices_audit';
        const dropped = await store.dropPartitionsBefore(table, day + 2 * DAY_MS + 1);
        expect(dropped.slice(-2)).toEqual([`${table}_2024_02_28`, `${table}_2024_02_29`]);
        await expect(last(pair)).resolves.toEqual([quoteOf(pair, at(2))]);
        await expect(store.dropPartitionsBefore(table, day)).resolves.toEqual([]);
        // The day is made again for one who comes late.
        await store.saveQuotes([quoteOf(pair, at(0), '1.00'), quoteOf(pair, at(3))]);
        await expect(last(pair)).resolves.toEqual([quoteOf(pair, at(3))]);
      });

      test('leave the newest of each instrument, when the day that had it is dropped', async () => {
        const [one, two] = [newPair(), newPair()];
        const day = Date.UTC(2024, 4, 1);
        const at = (days: number): string => new Date(day + days * DAY_MS).toISOString();
        const drop = (days: number): Promise<readonly string[]> =>
          store.dropPartitionsBefore('real_time_prices_audit', day + days * DAY_MS);
        await store.saveQuotes([quoteOf(one, at(0)), quoteOf(one, at(1)), quoteOf(two, at(1))]);
        await drop(3);
        await expect(last(one, two)).resolves.toEqual([quoteOf(one, at(1)), quoteOf(two, at(1))]);
        // One who comes late with something older, and one with something newer.
        await store.saveQuotes([quoteOf(one, at(0), '1.00'), quoteOf(two, at(2))]);
        const newest = [quoteOf(one, at(1)), quoteOf(two, at(2))];
        await expect(last(one, two)).resolves.toEqual(newest);
        await drop(3);
        await expect(last(one, two)).resolves.toEqual(newest);
      });
    });

    test('answers a ping', async () => {
      await expect(store.ping()).resolves.toBeUndefined();
    });
  });
}

/** One of a few: enough for every rule to meet every other. */
function anyCandle(): fc.Arbitrary<SidedCandle> {
  const sides = { bid: BID, ask: ASK };
  const others = { bid: { ...BID, open: '1.08' }, ask: ASK };
  return fc
    .record({
      start: fc.constantFrom(NOON, NOON + MINUTE_MS),
      close: fc.constantFrom('1.5', '1.50', '1.60'),
      isConfirmed: fc.boolean(),
      source: fc.constantFrom('stream', 'history', 'quotes'),
      revision: fc.nat({ max: 2 }),
      sides: fc.constantFrom(undefined, sides, others),
      turnover: fc.constantFrom(undefined, '0', '5.0'),
    })
    .map(({ sides: both, turnover, ...changes }) =>
      candleOf({
        ...changes,
        ...(both === undefined ? {} : { sides: both }),
        ...(turnover === undefined ? {} : { turnover }),
      }),
    );
}

function changed(before: SidedCandle[], after: SidedCandle[]): SidedCandle[] {
  const known = new Set(before.map((candle) => JSON.stringify(candle)));
  return after.filter((candle) => !known.has(JSON.stringify(candle)));
}

/** The last that was told of each candle, oldest first, as the model has them. */
function newest(news: readonly CandleNews[]): SidedCandle[] {
  const byStart = new Map(news.map(({ candle }) => [candle.start, candle]));
  return [...byStart.values()].sort((a, b) => a.start - b.start);
}
