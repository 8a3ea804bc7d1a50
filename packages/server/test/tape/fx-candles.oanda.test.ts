import { type Candle, compareDecimals } from '@tickwire/protocol';
import { type OandaSimulator, createOandaSimulator } from '@tickwire/simulator';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import { OandaFeed } from '../../src/feeds/oanda/feed.ts';
import { FeedSupervisor } from '../../src/feeds/supervisor.ts';
import { createFxCandles } from '../support/fx-candles.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';
import { waitFor } from '../support/wait-for.ts';

const HOUR_MS = 3_600_000;
/** A mid has a digit more than the venue's candles, whose mids are rounded. */
const ROUNDING = 0.000_006;
const never = new AbortController().signal;

/** The minutes of EUR_USD from a venue that is three hours behind, and sixty times as fast. */
async function followMinutes() {
  const simulator = createOandaSimulator({ startOffsetMs: -3 * HOUR_MS, speed: 60 });
  await simulator.start();
  const instruments = ['EUR_USD', 'USD_JPY'];
  const feed = new OandaFeed({ hosts: simulator, apiKey: 'any', instruments }, systemClock);
  const tools = createFxCandles(feed.history, systemClock);
  const supervisor = new FeedSupervisor({
    feed,
    isSimulated: true,
    staleAfterMs: 60_000,
    clock: systemClock,
    logger: createRecordingLogger(),
    onEvent: (event) => {
      tools.bus.publish(event);
    },
    onHistory: () => undefined,
    onStateLost: () => undefined,
    onLive: () => undefined,
  });
  onTestFinished(async () => {
    await tools.fxCandles.close();
    await supervisor.close();
    await simulator.close();
  });
  supervisor.start();
  tools.fxCandles.start();
  tools.fxCandles.follow('EUR_USD', '1');
  await waitFor(() => tools.known().length > 0, 'what the channel starts from');
  return { ...tools, simulator, feed };
}

/** What the venue now says of the candles from the first to the last of some. */
async function venueSays(feed: OandaFeed, candles: readonly Candle[]): Promise<readonly Candle[]> {
  const query = { instrument: 'EUR_USD', interval: '1', since: candles[0]!.start } as const;
  const kept = await feed.history.candles({ ...query, limit: 500 }, never);
  return kept.filter(({ start }) => start <= candles.at(-1)!.start);
}

async function expectWhole(feed: OandaFeed, confirmed: readonly Candle[]): Promise<void> {
  expect(confirmed).toEqual(await venueSays(feed, confirmed));
  const widths = confirmed.slice(1).map(({ start }, index) => start - confirmed[index]!.start);
  expect(new Set(widths)).toEqual(new Set([60_000]));
}

test('every candle is confirmed once, in order, as its venue tells it afterwards', async () => {
  const { told, confirmed, known, feed } = await followMinutes();
  const before = known().filter(({ isConfirmed }) => isConfirmed);
  expect(before.length).toBeGreaterThanOrEqual(199);
  await waitFor(() => confirmed().length > 12, 'twelve candles', 25_000);
  const all = [...confirmed()];
  expect(all[0]!.start).toBe(before.at(-1)!.start + 60_000);
  await expectWhole(feed, all);

  const byStart = new Map(all.map((candle) => [candle.start, candle]));
  const unconfirmed = told.filter(({ isConfirmed, start }) => !isConfirmed && byStart.has(start));
  expect(unconfirmed.length).toBeGreaterThan(12);
  // A stream leaves out prices within a quarter of a second: its range lies within the venue's.
  for (const { start, high, low } of unconfirmed) {
    const final = byStart.get(start)!;
    expect(Number(high)).toBeLessThanOrEqual(Number(final.high) + ROUNDING);
    expect(Number(low)).toBeGreaterThanOrEqual(Number(final.low) - ROUNDING);
    expect(compareDecimals(high, low)).toBeGreaterThanOrEqual(0);
  }
});

const outages: readonly [string, (simulator: OandaSimulator) => void][] = [
  [
    'the venue does not answer questions',
    ({ faults }) => {
      faults.set({ fault: 'unavailable', forMs: 4_000 });
    },
  ],
  [
    'the venue sends nothing and answers nothing',
    ({ faults }) => {
      faults.set({ fault: 'drop', mode: 'reset', forMs: 4_000 });
      faults.set({ fault: 'unavailable', forMs: 4_000 });
    },
  ],
];
test.each(outages)('catches up when %s for some minutes', async (_, breakDown) => {
  const { confirmed, feed, simulator } = await followMinutes();
  await waitFor(() => confirmed().length > 0, 'a candle');
  breakDown(simulator);
  const before = confirmed().length;
  await waitFor(() => confirmed().length > before + 6, 'what was missed', 25_000);
  await expectWhole(feed, [...confirmed()]);
});
