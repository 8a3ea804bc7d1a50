import { createVenueSimulators } from '@tickwire/simulator';
import { describe, expect, onTestFinished, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../src/options.ts';
import { recordedOrigin } from '../src/origin.ts';
import { startBybit } from './support/bybit.ts';
import { folderOf, H1_TABLE } from './support/recorded.ts';
import { startSimulator } from './support/simulator.ts';

const NOON_MS = Date.parse('2026-07-01T12:00:00Z');
const DAY_MS = 86_400_000;
const KLINES = [
  'start_ms,open,high,low,close,volume',
  '1670889600000,17194,17199.5,17193.5,17199,78.677',
  '1670889660000,17199,17212.5,17190,17212.5,153.152',
].join('\n');

const at = (timeMs: number) => ({ now: () => timeMs });

describe('the origin of a generated market', () => {
  test('is what decides its prices', async () => {
    expect((await startSimulator()).origin).toBe('simulated seed=1 weekend=open');
    expect((await startSimulator({ seed: 7, weekend: 'closed' })).origin).toBe(
      'simulated seed=7 weekend=closed',
    );
    expect((await startBybit({ seed: 7 })).origin).toBe('simulated seed=7');
  });

  test('has the time at which its clock began, where that was in the past', async () => {
    const options = { ...at(NOON_MS), startOffsetMs: -DAY_MS };
    const from = 'from=2026-06-30T12:00:00.000Z';
    expect((await startSimulator(options)).origin).toBe(`simulated seed=1 weekend=open ${from}`);
    expect((await startBybit(options)).origin).toBe(`simulated seed=1 ${from}`);
  });
});

describe.each([
  ['OANDA', startSimulator, { 'EUR_USD.csv': H1_TABLE }, { 'GBP_USD.csv': H1_TABLE }],
  ['Bybit', startBybit, { 'BTCUSDT.csv': KLINES }, { 'ETHUSDT.csv': KLINES }],
] as const)('the origin of a recorded market of %s', (_, start, files, others) => {
  const originOf = async (written: Record<string, string>, timeMs: number): Promise<string> => {
    const simulator = await start({ ...at(timeMs), data: [await folderOf(written)] });
    return simulator.origin;
  };

  test('is the same wherever its files lie', async () => {
    const origin = await originOf(files, NOON_MS);
    expect(origin).toMatch(/^recorded [0-9a-f]{12}$/);
    expect(await originOf(files, NOON_MS)).toBe(origin);
  });

  test('is another one for other data, and once it is moved by another week', async () => {
    const origin = await originOf(files, NOON_MS);
    const [[name, text]] = Object.entries(files) as [[string, string]];
    const cutShort = { [name]: text.slice(0, text.lastIndexOf('\n')) };
    expect(await originOf(cutShort, NOON_MS)).not.toBe(origin);
    expect(await originOf(others, NOON_MS)).not.toBe(origin);
    expect(await originOf({ ...files, ...others }, NOON_MS)).not.toBe(origin);
    expect(await originOf(files, NOON_MS + 7 * DAY_MS)).not.toBe(origin);
  });
});

test('the order of what was recorded is no matter', () => {
  const [one, other] = [
    { name: 'one', times: [1, 2] },
    { name: 'other', times: [] },
  ];
  expect(recordedOrigin([one, other])).toBe(recordedOrigin([other, one]));
});

test('a venue without recorded data is generated, and says so', async () => {
  const settings = { ...DEFAULT_SETTINGS, data: [await folderOf({ 'EUR_USD.csv': H1_TABLE })] };
  const venues = createVenueSimulators({ settings, oanda: {}, bybit: {} });
  onTestFinished(() => venues.close());
  await venues.start();
  expect(venues.oanda?.origin).toMatch(/^recorded /);
  expect(venues.bybit?.origin).toBe('simulated seed=1');
});
