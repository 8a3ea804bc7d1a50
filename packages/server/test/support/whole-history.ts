import { expect, onTestFinished } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import { connectControl } from '../../src/app/control-client.ts';
import { controlPath } from '../../src/app/control-path.ts';
import type { GapsAnswer, GapsRequest } from '../../src/app/history-request.ts';
import type { Store } from '../../src/ports/store.ts';
import type { DatabaseConfig } from '../../src/storage/client.ts';
import { createStore } from '../../src/storage/index.ts';
import { createRecordingLogger } from './recording-logger.ts';
import { createWatch } from './scripted-commands.ts';
import type { SimulatedVenues } from './simulated-venues.ts';
import { candleText } from './venue-candles.ts';
import { waitFor } from './wait-for.ts';

const TIMEOUT_MS = 60_000;

/** The store in a database that no server uses any more, until the current test has finished. */
export async function openStoreForTest(database: DatabaseConfig): Promise<Store> {
  const store = createStore({ database, clock: systemClock, logger: createRecordingLogger() });
  onTestFinished(() => store.close());
  await store.start();
  return store;
}

/** Resolves once the server of a data directory says that so many series have no gaps. */
export async function untilWhole(
  directory: string,
  seriesCount: number,
  request: Omit<GapsRequest, 'fill'>,
): Promise<void> {
  let last: GapsAnswer | undefined;
  const isWhole = async (): Promise<boolean> => {
    const commands = await connectControl(controlPath(directory));
    last = await commands?.gaps({ ...request, fill: false }, createWatch());
    const series = last?.series ?? [];
    return series.length === seriesCount && series.every(({ gaps }) => gaps.length === 0);
  };
  try {
    await waitFor(isWhole, `${seriesCount} series without gaps`, TIMEOUT_MS);
  } catch (error) {
    throw new Error(`The last answer was ${JSON.stringify(last)}`, { cause: error });
  }
}

/**
 * Expects every series of a store to have each of its venue's confirmed candles from its first to
 * its last one, once and as the venue tells it. Resolves with how many each series has.
 */
export async function expectVenuesHistory(
  store: Store,
  venues: SimulatedVenues,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const series of await store.series()) {
    const all = await store.candles({ ...series, limit: 1_000_000, pick: 'oldest' });
    const confirmed = all.filter(({ isConfirmed }) => isConfirmed);
    const [first, last] = [confirmed[0]?.start ?? 0, confirmed.at(-1)?.end ?? 0];
    const told = await venues.candles(series, { from: first, to: last + 1 });
    const name = `${series.instrument} ${series.interval}`;
    expect(confirmed.map(candleText), name).toEqual(told);
    counts.set(name, confirmed.length);
  }
  return counts;
}
