import { describe, expect, test } from 'vitest';
import type { Gap, TimeSpan } from '../../src/domain/gaps.ts';
import { CandleWait, type CandleWaitOptions } from '../../src/jobs/candle-wait.ts';
import type { CandleSeriesKey } from '../../src/ports/store.ts';
import { ManualClock } from '../support/manual-clock.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const NOON = Date.UTC(2026, 5, 3, 12);

/** A store that lacks what a test says: by instrument, the starts of hours. */
function create(options: Partial<CandleWaitOptions> = {}) {
  const clock = new ManualClock(NOON + SECOND_MS);
  const missing = new Map<string, number[]>();
  let looks = 0;
  const gaps = ({ instrument }: CandleSeriesKey, { from, to }: TimeSpan): Promise<Gap[]> => {
    looks += 1;
    const starts = (missing.get(instrument) ?? []).filter((start) => start >= from && start < to);
    return Promise.resolve(starts.map((start) => ({ from: start, to: start + HOUR_MS, count: 1 })));
  };
  const candles = new CandleWait({
    backfiller: { gaps },
    venueNow: () => clock.now(),
    keptMs: 60 * DAY_MS,
    clock,
    ...options,
  });
  const stop = new AbortController();
  /** What a wait comes to; undefined while it goes on. */
  const wait = (instruments: readonly string[], fireTime = NOON) => {
    const state: { lacking?: readonly string[]; error?: unknown } = {};
    candles.untilThere(instruments, { fireTime, backMs: 20 * DAY_MS, signal: stop.signal }).then(
      (lacking) => (state.lacking = lacking),
      (error: unknown) => (state.error = error),
    );
    return state;
  };
  return { clock, missing, wait, stop, looks: () => looks };
}

describe('CandleWait', () => {
  test('does not wait where all is there', async () => {
    const { clock, wait, looks } = create();
    const state = wait(['EUR_USD', 'BTCUSDT']);
    await clock.advance(0);
    expect([state, looks(), clock.waiting]).toEqual([{ lacking: [] }, 2, 0]);
  });

  test('waits for the hour that a venue completes late', async () => {
    const { clock, missing, wait } = create();
    missing.set('EUR_USD', [NOON - HOUR_MS]);
    const state = wait(['BTCUSDT', 'EUR_USD']);
    await clock.advance(45 * SECOND_MS);
    expect(state).toEqual({});
    missing.clear();
    await clock.advance(SECOND_MS);
    expect(state).toEqual({ lacking: [] });
  });

  test('goes by the time of the venue as soon as that is known', async () => {
    let venueNow = NOON + SECOND_MS;
    const { clock, missing, wait } = create({ venueNow: () => venueNow });
    missing.set('EUR_USD', [NOON - 2 * HOUR_MS, NOON - HOUR_MS]);
    const state = wait(['EUR_USD']);
    await clock.advance(SECOND_MS);
    expect(state).toEqual({});
    venueNow = NOON - 2 * HOUR_MS + SECOND_MS;
    await clock.advance(SECOND_MS);
    expect(state).toEqual({ lacking: [] });
  });

  test('does not wait for what was asked for and has not come', async () => {
    const asked = new Set<string>();
    const { clock, missing, wait } = create({
      hasAsked: ({ instrument }, { to }) => asked.has(instrument) && to === NOON,
    });
    missing.set('EUR_USD', [NOON - HOUR_MS]);
    missing.set('GBP_USD', [NOON - HOUR_MS]);
    missing.set('USD_JPY', [NOON - HOUR_MS]);
    asked.add('EUR_USD');
    const state = wait(['EUR_USD', 'GBP_USD', 'USD_JPY']);
    await clock.advance(SECOND_MS);
    expect(state).toEqual({});
    asked.add('GBP_USD');
    missing.delete('USD_JPY');
    await clock.advance(SECOND_MS);
    expect(state).toEqual({ lacking: ['EUR_USD', 'GBP_USD'] });
  });

  test('waits for a whole history, for as long as something comes', async () => {
    const { clock, missing, wait } = create();
    const hours = Array.from({ length: 100 }, (_, index) => NOON - (100 - index) * HOUR_MS);
    missing.set('EUR_USD', [...hours]);
    missing.set('GBP_USD', [...hours]);
    const state = wait(['EUR_USD', 'GBP_USD']);
    for (const instrument of ['EUR_USD', 'GBP_USD']) {
      for (let minute = 0; minute < 10; minute += 1) {
        expect(state).toEqual({});
        await clock.advance(MINUTE_MS);
        missing.get(instrument)?.splice(0, 10);
      }
    }
    await clock.advance(SECOND_MS);
    expect(state).toEqual({ lacking: [] });
  });

  test('gives up what does not come for two minutes, and says so', async () => {
    const { clock, missing, wait } = create();
    missing.set('GBP_USD', [NOON - HOUR_MS]);
    const state = wait(['EUR_USD', 'GBP_USD']);
    await clock.advance(119 * SECOND_MS);
    expect(state).toEqual({});
    await clock.advance(2 * SECOND_MS);
    expect(state).toEqual({ lacking: ['GBP_USD'] });
    expect(clock.waiting).toBe(0);
  });

  test('does not wait again for what was given up, but for what is new of it', async () => {
    const { clock, missing, wait } = create();
    missing.set('GBP_USD', [NOON - 3 * HOUR_MS]);
    wait(['GBP_USD']);
    await clock.advance(HOUR_MS);
    const again = wait(['EUR_USD', 'GBP_USD'], NOON + HOUR_MS);
    await clock.advance(0);
    expect(again).toEqual({ lacking: ['GBP_USD'] });
    missing.set('GBP_USD', [NOON]);
    const late = wait(['EUR_USD', 'GBP_USD'], NOON + HOUR_MS);
    await clock.advance(MINUTE_MS);
    expect(late).toEqual({});
    missing.clear();
    await clock.advance(SECOND_MS);
    expect(late).toEqual({ lacking: [] });
  });

  test('looks at few while all are missing', async () => {
    const { clock, missing, wait, looks } = create();
    const names = Array.from({ length: 100 }, (_, index) => `COIN${index}`);
    names.forEach((name) => missing.set(name, [NOON - HOUR_MS]));
    const state = wait(names);
    await clock.advance(10 * SECOND_MS);
    expect(looks()).toBeLessThan(100 + 25);
    missing.clear();
    await clock.advance(SECOND_MS);
    expect(state).toEqual({ lacking: [] });
  });

  test('knows what time it is at a venue that lives in the past', async () => {
    const { clock, missing, wait } = create({ venueNow: () => NOON - 700 * DAY_MS });
    missing.set('EUR_USD', [NOON - HOUR_MS, NOON - 700 * DAY_MS]);
    const state = wait(['EUR_USD']);
    await clock.advance(0);
    expect(state).toEqual({ lacking: [] });
  });

  test('waits for the last hour where the newest event is a little older than its end', async () => {
    const { clock, missing, wait } = create({ venueNow: () => NOON - 20 * SECOND_MS });
    missing.set('EUR_USD', [NOON - HOUR_MS]);
    const state = wait(['EUR_USD']);
    await clock.advance(SECOND_MS);
    expect(state).toEqual({});
  });

  test('waits for nothing where nothing is kept', async () => {
    const { clock, missing, wait } = create({ keptMs: 0 });
    missing.set('EUR_USD', [NOON - HOUR_MS]);
    const state = wait(['EUR_USD']);
    await clock.advance(0);
    expect(state).toEqual({ lacking: [] });
  });

  test('ends where it is stopped', async () => {
    const { clock, missing, wait, stop } = create();
    missing.set('EUR_USD', [NOON - HOUR_MS]);
    const state = wait(['EUR_USD']);
    await clock.advance(SECOND_MS);
    const reason = new Error('The server stops');
    stop.abort(reason);
    await clock.advance(0);
    expect([state, clock.waiting]).toEqual([{ error: reason }, 0]);
  });
});
