import fc from 'fast-check';
import type { Quote, Trade } from '@tickwire/protocol';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { TimeSpan } from '../../src/domain/gaps.ts';
import type { SidedCandle } from '../../src/domain/sided-candle.ts';
import type { CandleSeriesKey, HistoryOrigin, Store } from '../../src/ports/store.ts';
import { MINUTE_MS, NOON, candleOf } from '../support/stored-candle.ts';

const DAY_MS = 86_400_000;
const EVER: TimeSpan = { from: -Infinity, to: Infinity };

/** What every store promises about what is in it, what is missing, and whose it is. */
export function testStoreHistory(name: string, open: () => Promise<Store>): void {
  describe(`${name} store: history`, () => {
    let store: Store;
    let instruments = 0;
    /** Nobody has used it before: one database serves all tests but those of `claim`. */
    const newInstrument = (): string => `COIN${(instruments += 1)}`;
    const newPair = (): string => `EUR_P${(instruments += 1)}`;
    const openAnother = async (): Promise<Store> => {
      const another = await open();
      onTestFinished(() => another.close());
      await another.start();
      return another;
    };

    beforeAll(async () => {
      store = await open();
      await store.start();
    });

    afterAll(async () => {
      await store.close();
    });

    describe('instruments of a category', () => {
      test.each(['SPOT', 'LINEAR', 'INVERSE'])('of %s are crypto', async (category) => {
        const candle = candleOf({ instrument: `${category}_${newInstrument()}`, turnover: '5.0' });
        await store.saveCandles([candle]);
        await expect(store.lastConfirmed(candle)).resolves.toEqual(candle);
      });
    });

    describe('confirmed starts', () => {
      test('are those of one series within a span, oldest first', async () => {
        for (const instrument of [newInstrument(), newPair()]) {
          // Over the end of a month: two partitions.
          const first = Date.UTC(2025, 5, 30, 23, 58);
          const at = (minute: number): number => first + minute * MINUTE_MS;
          await store.saveCandles([
            ...[3, 1, 0, 4].map((minute) => candleOf({ instrument, start: at(minute) })),
            candleOf({ instrument, start: at(2), isConfirmed: false }),
            candleOf({ instrument, start: at(2), interval: '3' }),
            candleOf({ instrument: newInstrument(), start: at(2) }),
          ]);
          const series = { instrument, interval: '1' } as const;
          const starts = [at(0), at(1), at(3), at(4)];
          await expect(store.confirmedStarts(series, EVER)).resolves.toEqual(starts);
          const span = { from: at(1), to: at(4) };
          await expect(store.confirmedStarts(series, span)).resolves.toEqual([at(1), at(3)]);
          const beside = { from: at(0) + 1, to: at(1) };
          await expect(store.confirmedStarts(series, beside)).resolves.toEqual([]);
        }
      });

      test.each([9_999, 10_000, 10_001, 25_000])('are many: %i', async (count) => {
        const instrument = newInstrument();
        const all = Array.from({ length: count }, (_, index) =>
          candleOf({ instrument, start: NOON + index * MINUTE_MS }),
        );
        await store.saveCandles(all);
        const starts = await store.confirmedStarts({ instrument, interval: '1' }, EVER);
        expect(starts).toEqual(all.map(({ start }) => start));
      });
    });

    test('series are those with a confirmed candle, by instrument and width', async () => {
      const [pair, coin, spot] = [newPair(), newInstrument(), `SPOT_${newInstrument()}`];
      const live = newInstrument();
      const mixed = newInstrument();
      await store.saveCandles([
        ...(['D', '5', '60', '15', 'M'] as const).flatMap((interval) => [
          candleOf({ instrument: coin, interval, start: Date.UTC(2024, 0, 1) }),
          candleOf({ instrument: coin, interval, start: Date.UTC(2024, 4, 1) }),
          candleOf({ instrument: pair, interval, start: Date.UTC(2024, 0, 1) }),
        ]),
        candleOf({ instrument: spot }),
        candleOf({ instrument: live, isConfirmed: false }),
        candleOf({ instrument: mixed }),
        candleOf({ instrument: mixed, start: NOON + MINUTE_MS, isConfirmed: false }),
        candleOf({ instrument: mixed, interval: '3', isConfirmed: false }),
      ]);
      const told = await store.series();
      const names = told.map(({ instrument }) => instrument);
      expect(names).toEqual(names.toSorted());
      const widthsOf = (instrument: string): string[] =>
        told.filter((series) => series.instrument === instrument).map(({ interval }) => interval);
      expect(widthsOf(pair)).toEqual(['5', '15', '60', 'D', 'M']);
      expect(widthsOf(coin)).toEqual(['5', '15', '60', 'D', 'M']);
      expect([spot, live, mixed].map(widthsOf)).toEqual([['1'], [], ['1']]);
    });

    describe('absences', () => {
      const at = (minute: number): number => NOON + minute * MINUTE_MS;
      const spanOf = (from: number, to: number): TimeSpan => ({ from: at(from), to: at(to) });
      const newSeries = (): CandleSeriesKey => ({ instrument: newPair(), interval: '60' });

      test('are of one series, and those of them that a span touches', async () => {
        const series = newSeries();
        await store.saveAbsences(series, [spanOf(20, 30), spanOf(0, 10)]);
        await store.saveAbsences({ ...series, interval: '1' }, [spanOf(10, 20)]);
        await store.saveAbsences(newSeries(), [spanOf(10, 20)]);
        await store.saveAbsences(series, []);
        await store.saveAbsences(series, [spanOf(15, 15), spanOf(16, 12)]);
        const both = [spanOf(0, 10), spanOf(20, 30)];
        await expect(store.absences(series, EVER)).resolves.toEqual(both);
        await expect(store.absences(series, spanOf(10, 20))).resolves.toEqual(both);
        await expect(store.absences(series, spanOf(5, 6))).resolves.toEqual(both.slice(0, 1));
        await expect(store.absences(series, spanOf(29, 40))).resolves.toEqual(both.slice(1));
        await expect(store.absences(series, spanOf(11, 19))).resolves.toEqual([]);
      });

      test('are one where they overlap or touch', async () => {
        const series = newSeries();
        await store.saveAbsences(series, [spanOf(0, 10), spanOf(20, 30), spanOf(40, 50)]);
        await store.saveAbsences(series, [spanOf(10, 20), spanOf(45, 60), spanOf(22, 25)]);
        const merged = [spanOf(0, 30), spanOf(40, 60)];
        await expect(store.absences(series, EVER)).resolves.toEqual(merged);
        await store.saveAbsences(series, [spanOf(-10, 100)]);
        await expect(store.absences(series, EVER)).resolves.toEqual([spanOf(-10, 100)]);
      });

      test('are one where many are saved at the same time', async () => {
        const series = newSeries();
        const saves = Array.from({ length: 24 }, (_, index) =>
          store.saveAbsences(series, [spanOf(index, index + 1), spanOf(50 - index, 52 - index)]),
        );
        await Promise.all(saves);
        await expect(store.absences(series, EVER)).resolves.toEqual([
          spanOf(0, 24),
          spanOf(27, 52),
        ]);
      });

      test('stay where a candle comes after all', async () => {
        const series = newSeries();
        await store.saveAbsences(series, [spanOf(0, 180)]);
        await store.saveCandles([candleOf({ ...series, start: at(60) })]);
        await expect(store.confirmedStarts(series, EVER)).resolves.toEqual([at(60)]);
        await expect(store.absences(series, EVER)).resolves.toEqual([spanOf(0, 180)]);
      });

      test('are the minutes that were given, in as few spans as can be', async () => {
        const span = fc
          .tuple(fc.nat({ max: 60 }), fc.nat({ max: 6 }))
          .map(([from, length]) => ({ from, to: from + length }));
        const batches = fc.array(fc.array(span, { maxLength: 4 }), { maxLength: 6 });
        await fc.assert(
          fc.asyncProperty(batches, span, async (given, asked) => {
            const series = newSeries();
            const absent = new Set<number>();
            for (const batch of given) {
              await store.saveAbsences(
                series,
                batch.map(({ from, to }) => spanOf(from, to)),
              );
              for (const { from, to } of batch) {
                for (let minute = from; minute < to; minute += 1) {
                  absent.add(minute);
                }
              }
            }
            const runs = runsOf(absent);
            expect(await store.absences(series, EVER)).toEqual(
              runs.map(({ from, to }) => spanOf(from, to)),
            );
            expect(await store.absences(series, spanOf(asked.from, asked.to))).toEqual(
              runs
                .filter(({ from, to }) => from <= asked.to && to >= asked.from)
                .map(({ from, to }) => spanOf(from, to)),
            );
          }),
          { numRuns: 60 },
        );
      }, 60_000);
    });

    describe('trades', () => {
      const tradeOf = (id: string, time: number, price = '1.10'): Trade => {
        return { id, time, price, size: '0.001', side: 'Buy' };
      };

      test('are kept in partitions of a day, all or none', async () => {
        const instrument = newInstrument();
        const day = Date.UTC(2024, 1, 28);
        const trades = (...given: Trade[]) =>
          [{ type: 'trades', instrument, trades: given }] as const;
        await store.saveTrades(trades(tradeOf('1', day), tradeOf('2', day + DAY_MS - 1)));
        await store.saveTrades(trades(tradeOf('2', day + DAY_MS - 1), tradeOf('3', day + DAY_MS)));
        await store.saveTrades([]);
        await expect(
          store.saveTrades(trades(tradeOf('4', day + DAY_MS, 'twelve'))),
        ).rejects.toMatchObject({ code: 'STORE_QUERY_FAILED' });
        const table = 'crypto_trades';
        const dropped = await store.dropPartitionsBefore(table, day + 2 * DAY_MS - 1);
        expect(dropped).toEqual([`${table}_2024_02_28`]);
        await expect(store.saveTrades(trades(tradeOf('1', day)))).resolves.toBeUndefined();
        await expect(store.dropPartitionsBefore(table, day + 2 * DAY_MS)).resolves.toEqual([
          `${table}_2024_02_28`,
          `${table}_2024_02_29`,
        ]);
      });
    });

    describe('claims', () => {
      const SIMULATED: HistoryOrigin = { venue: 'oanda', origin: 'seed=1', isSimulated: true };
      const LIVE: HistoryOrigin = { venue: 'oanda', origin: 'live', isSimulated: false };
      const coin = candleOf();
      const pair = candleOf({ instrument: 'EUR_USD' });
      const spot = candleOf({ instrument: 'SPOT_BTCUSDT' });
      const quote: Quote = {
        type: 'quote',
        instrument: 'EUR_USD',
        bid: '1.10',
        ask: '1.20',
        mid: '1.15',
        time: '2025-06-18T12:00:00.123456789Z',
      };
      const holiday = { from: NOON, to: NOON + 60 * MINUTE_MS };
      const fill = async (into: Store): Promise<void> => {
        await into.saveCandles([coin, pair, spot]);
        await into.saveQuotes([quote]);
        for (const series of [coin, pair, spot]) {
          await into.saveAbsences(series, [holiday]);
        }
      };
      /** What is there of each family: candles, absences, quotes. */
      const contentsOf = async (of: Store): Promise<Record<string, unknown>> => {
        const found = async (candle: SidedCandle): Promise<number[]> => [
          (await of.confirmedStarts(candle, EVER)).length,
          (await of.absences(candle, EVER)).length,
        ];
        return {
          coin: await found(coin),
          spot: await found(spot),
          pair: await found(pair),
          quotes: (await of.lastQuotes()).length,
        };
      };
      const FULL = { coin: [1, 1], spot: [1, 1], pair: [1, 1], quotes: 1 };

      test('are remembered, and mean nothing when they are repeated', async () => {
        const claimed = await openAnother();
        await fill(claimed);
        const bybit = { venue: 'bybit', origin: 'testnet', isSimulated: false } as const;
        await expect(claimed.claim([], true)).resolves.toEqual([]);
        await expect(claimed.claim([LIVE, bybit], false)).resolves.toEqual([]);
        await expect(claimed.claim([bybit], true)).resolves.toEqual([]);
        await expect(claimed.claim([LIVE, bybit], true)).resolves.toEqual([]);
        await expect(contentsOf(claimed)).resolves.toEqual(FULL);
      });

      test('of another world drop what is simulated, of that venue alone', async () => {
        const claimed = await openAnother();
        const bybit = { venue: 'bybit', origin: 'seed=1', isSimulated: true } as const;
        await claimed.claim([SIMULATED, bybit], true);
        await fill(claimed);
        await expect(
          claimed.claim([{ ...SIMULATED, origin: 'seed=2' }, bybit], true),
        ).resolves.toEqual(['oanda']);
        await expect(contentsOf(claimed)).resolves.toEqual({ ...FULL, pair: [0, 0], quotes: 0 });
        await fill(claimed);
        await expect(contentsOf(claimed)).resolves.toEqual(FULL);
        await expect(claimed.claim([{ ...bybit, origin: 'seed=2' }], true)).resolves.toEqual([
          'bybit',
        ]);
        await expect(contentsOf(claimed)).resolves.toEqual({ ...FULL, coin: [0, 0], spot: [0, 0] });
        await fill(claimed);
        await expect(claimed.claim([LIVE], true)).resolves.toEqual(['oanda']);
        await expect(claimed.claim([LIVE], false)).resolves.toEqual([]);
      });

      test('let whoever has made them go on writing, also after another of its own', async () => {
        const claimed = await openAnother();
        await claimed.claim([SIMULATED], true);
        await fill(claimed);
        await claimed.claim([{ ...SIMULATED, origin: 'seed=2' }], true);
        await fill(claimed);
        await expect(contentsOf(claimed)).resolves.toEqual(FULL);
        await expect(claimed.claim([LIVE], false)).rejects.toMatchObject({ code: 'STORE_FOREIGN' });
        await claimed.saveCandles([{ ...pair, close: '1.70' }]);
        await expect(claimed.lastConfirmed(pair)).resolves.toMatchObject({ close: '1.70' });
        await expect(
          claimed.dropPartitionsBefore('oanda_candles', NOON + 60 * DAY_MS),
        ).resolves.toHaveLength(1);
      });

      test('are refused where they would mix two worlds, and change nothing', async () => {
        const claimed = await openAnother();
        const bybit = { venue: 'bybit', origin: 'live', isSimulated: false } as const;
        await claimed.claim([SIMULATED, bybit], true);
        await fill(claimed);
        const refused = async (origins: HistoryOrigin[], mayReplace: boolean): Promise<string> => {
          const error = await claimed.claim(origins, mayReplace).catch((thrown: unknown) => thrown);
          expect(error).toMatchObject({ code: 'STORE_FOREIGN', retryable: false });
          await expect(contentsOf(claimed)).resolves.toEqual(FULL);
          return error instanceof Error ? error.message : '';
        };
        const demo = { ...bybit, origin: 'demo' };
        expect(await refused([demo], true)).toBe(
          'Expected a database with the history of bybit demo, got one with that of bybit live: ' +
            'choose another DATA_DIR or database',
        );
        await refused([LIVE], false);
        await refused([LIVE, demo], true);
        // The same name is not the same world.
        await refused([{ ...bybit, isSimulated: true }], true);
        await expect(claimed.claim([SIMULATED, bybit], false)).resolves.toEqual([]);
      });
    });
  });
}

function runsOf(minutes: ReadonlySet<number>): TimeSpan[] {
  const runs: { from: number; to: number }[] = [];
  for (const minute of [...minutes].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last?.to === minute) {
      last.to += 1;
    } else {
      runs.push({ from: minute, to: minute + 1 });
    }
  }
  return runs;
}
