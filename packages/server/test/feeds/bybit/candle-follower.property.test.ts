import type { Candle } from '@tickwire/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CandleFollower } from '../../../src/feeds/bybit/candle-follower.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { FakeKlines, klineOf } from './fake-klines.ts';
import { FakeConnection, RecordingListener } from './recording-listener.ts';

const MINUTE_MS = 60_000;
const BEGIN = Date.UTC(2026, 0, 5, 12);
const HISTORY = 5;
const MINUTES = 12;
/** The last minutes, in which nothing goes wrong any more. */
const QUIET_MINUTES = 3;
const STEP_MS = 100;
const CLOSING_DELAY_MS = 200;
const UPDATE_MS = 7_000;

const trouble = fc.record({
  /** When the connection is lost, and for how long. */
  cuts: fc.array(
    fc.record({ atMs: fc.nat((MINUTES - QUIET_MINUTES) * MINUTE_MS), forMs: fc.nat(150_000) }),
    { maxLength: 4 },
  ),
  /** When history cannot be had, and for how long. */
  outages: fc.array(
    fc.record({ atMs: fc.nat((MINUTES - QUIET_MINUTES) * MINUTE_MS), forMs: fc.nat(90_000) }),
    { maxLength: 3 },
  ),
  latencies: fc.array(fc.tuple(fc.nat(3_000), fc.nat(3_000)), { minLength: 1, maxLength: 8 }),
  /** Minutes of which the venue has no candle. */
  holes: fc.uniqueArray(fc.nat(MINUTES - 1), { maxLength: 3 }),
  /** Minutes whose closed candle is sent once more. */
  repeats: fc.uniqueArray(fc.nat(MINUTES - 1), { maxLength: 6 }),
  /** Where in the first minute it all begins. */
  beginMs: fc.nat(MINUTE_MS - 1),
});

test('every confirmed candle comes once and in order, whatever goes wrong', async () => {
  await fc.assert(
    fc.asyncProperty(trouble, async (script) => {
      const { listener, expected } = await play(script);
      const candles = listener.all('candle');
      const known = (listener.histories[0]?.candles ?? []).map(({ start }) => start);
      const told = candles.filter(isConfirmed).map(({ start }) => start);
      expect(listener.histories).toHaveLength(1);
      // The venue repeats some, and so may we.
      expect([...new Set([...known, ...told])]).toEqual(expected);
      candles.filter(isConfirmed).forEach(({ volume }) => {
        expect(volume).toBe('2');
      });
      candles.forEach((candle, index) => {
        const before = new Set([...known, ...candles.slice(0, index).map(startIfConfirmed)]);
        const missing = expected.filter((start) => start < candle.start && !before.has(start));
        expect({ candle: candle.start, missing }).toEqual({ candle: candle.start, missing: [] });
      });
      expect(candles.at(-1)).toMatchObject({ start: lastStart(expected), isConfirmed: false });
    }),
    { numRuns: 300 },
  );
}, 60_000);

const isConfirmed = (candle: Candle): boolean => candle.isConfirmed;
const startIfConfirmed = (candle: Candle): number => (candle.isConfirmed ? candle.start : NaN);
/** The candle that is not over when it ends. */
const lastStart = (expected: readonly number[]): number =>
  Math.max(BEGIN + MINUTES * MINUTE_MS, ...expected);

type Script = typeof trouble extends fc.Arbitrary<infer T> ? T : never;

/** Plays a venue through the trouble; `expected` are the starts of all candles that were over. */
async function play({ cuts, outages, latencies, holes, repeats, beginMs }: Script) {
  const clock = new ManualClock(BEGIN + beginMs);
  const isHole = (start: number): boolean => holes.includes((start - BEGIN) / MINUTE_MS);
  const starts = Array.from(
    { length: HISTORY + MINUTES + 1 },
    (_, index) => BEGIN + (index - HISTORY) * MINUTE_MS,
  ).filter((start) => !isHole(start));
  const rest = new FakeKlines(clock, '1', starts);
  const listener = new RecordingListener();
  const follower = new CandleFollower({
    instrument: 'BTCUSDT',
    symbol: 'BTCUSDT',
    interval: '1',
    rest,
    clock,
  });
  const endsAt = BEGIN + MINUTES * MINUTE_MS + 30_000;
  const quietFrom = endsAt - QUIET_MINUTES * MINUTE_MS;
  const isWithin = (spans: Script['cuts']): boolean => {
    const now = clock.now() - BEGIN;
    const isIn = ({ atMs, forMs }: Script['cuts'][number]): boolean =>
      now >= atMs && now < atMs + forMs;
    return clock.now() < quietFrom && spans.some(isIn);
  };
  const push = (...candles: [start: number, isOver: boolean][]): void => {
    const there = candles.filter(([start]) => !isHole(start));
    follower.receive({
      type: 'candles',
      topic: 'kline.1.BTCUSDT',
      candles: there.map(([start, isOver]) => klineOf('1', start, isOver)),
    });
  };

  let connection: FakeConnection | undefined;
  let requests = 0;
  let publishedStart = 0;
  while (clock.now() < endsAt) {
    const current = Math.floor((clock.now() - CLOSING_DELAY_MS - BEGIN) / MINUTE_MS);
    const start = BEGIN + current * MINUTE_MS;
    rest.isFailing = isWithin(outages);
    if (rest.asked.length !== requests) {
      requests = rest.asked.length;
      rest.latencyMs = latencies[requests % latencies.length] ?? [0, 0];
    }
    if (isWithin(cuts)) {
      connection?.end();
      connection = undefined;
    } else if (connection === undefined) {
      connection = new FakeConnection(listener);
      follower.begin(connection);
      follower.accepted();
      push([start, false]);
    } else if (start !== publishedStart) {
      push([start - MINUTE_MS, true], [start, false]);
    } else if ((clock.now() - beginMs) % UPDATE_MS < STEP_MS) {
      push([start, false]);
      if (repeats.includes(current)) {
        push([start - MINUTE_MS, true]);
      }
    }
    publishedStart = start;
    await clock.advance(STEP_MS);
  }
  connection?.end();
  const lastConfirmed = BEGIN + MINUTES * MINUTE_MS;
  return { listener, expected: starts.filter((start) => start < lastConfirmed) };
}
