import { describe, expect, test } from 'vitest';
import { drawChart } from '../fan-out/chart.js';
import { toFigures } from '../fan-out/figures.js';
import { searchMax } from '../fan-out/max-search.js';
import { planPhase } from '../fan-out/phases.js';
import type { PhaseResult, RoundResult } from '../fan-out/round.js';
import { toTables } from '../fan-out/tables.js';
import { formatTable } from '../table.js';

describe('searchMax', () => {
  const RANGE = { start: 100, lowest: 10, highest: 100_000, precision: 1.1 };

  /** A server that keeps up with a rate, and what it was asked. */
  async function search(capacity: number) {
    const asked: number[] = [];
    const found = await searchMax((rate) => {
      asked.push(rate);
      const deliveriesPerSecond = Math.min(rate, capacity);
      return Promise.resolve({ isSound: rate <= capacity, deliveriesPerSecond });
    }, RANGE);
    return { found: found?.deliveriesPerSecond, asked };
  }

  test.each([12, 99, 100, 101, 5_000, 77_777])('finds %i to a tenth', async (capacity) => {
    const { found, asked } = await search(capacity);
    expect(found).toBeLessThanOrEqual(capacity);
    expect((found ?? 0) * 1.1).toBeGreaterThan(capacity);
    expect(asked.length).toBeLessThan(25);
  });

  test('does not let one bad moment count', async () => {
    let trials = 0;
    const found = await searchMax((rate) => {
      trials += 1;
      const isSound = trials % 2 === 0 && rate <= 1_000;
      return Promise.resolve({ isSound, deliveriesPerSecond: rate });
    }, RANGE);
    expect(found?.deliveriesPerSecond).toBeGreaterThan(900);
  });

  test('finds nothing where there is nothing, and ends where there is no end', async () => {
    expect((await search(1)).found).toBeUndefined();
    expect((await search(Infinity)).found).toBe(RANGE.highest);
  });
});

test('beyond 1,000 clients a phase has as many deliveries a second as with 1,000', () => {
  const burst = { perBurst: 20, burstsPerSecond: 10 };
  expect(planPhase(burst, 3, 100)).toEqual({ perBurst: 20, burstsPerSecond: 10, bursts: 30 });
  expect(planPhase(burst, 3, 10_000)).toEqual({ perBurst: 20, burstsPerSecond: 1, bursts: 3 });
});

describe('what is reported', () => {
  const round = (subject: RoundResult['subject'], cpu: number): RoundResult => {
    const phase = { serverMicrosPerDelivery: cpu, p99Ms: cpu, p50Ms: 1, lost: 1 } as PhaseResult;
    return {
      ...{ subject, wire: 'plain', clients: 10, connectsPerSecond: 10, connectLoadBusy: 0 },
      ...{ kibPerClient: 1, kibPerClientAfter: 2, warmUpLost: 0 },
      phases: { burst: phase },
      max: null,
      maxTrials: [],
    };
  };
  const rounds = [
    ...[round('tickwire', 1), round('ws', 4), round('raw', 2)],
    ...[round('tickwire', 3), round('ws', 6), round('raw', 2)],
    ...[round('tickwire', 2), round('ws', 5), round('raw', 2)],
  ];
  const options = { clients: [10], wires: ['plain' as const], phases: ['burst'] };
  const figures = toFigures(rounds, options);

  test('are medians, ratios of medians and the spread of the runs; losses are summed', () => {
    const cpu = figures.find(({ name }) => name === 'server CPU µs per delivery');
    expect(cpu?.values).toEqual({ tickwire: 2, ws: 5, raw: 2 });
    expect(cpu?.ratios.ws).toEqual({ ratio: 0.4, lowestRatio: 0.25, highestRatio: 0.5 });
    expect(figures.find(({ name }) => name === 'messages lost')?.values.raw).toBe(3);
  });

  test('stands in columns as wide as what is in them', () => {
    const all = { runs: 3, seconds: 1, pairs: 20, maxPrecision: 1, source: 'embedded' as const };
    const [table] = toTables({ figures, rounds, options: { ...options, ...all } });
    expect(table?.title).toBe('plain WebSocket, 10 clients');
    const lines = formatTable(table?.columns ?? [], table?.rows ?? []);
    const line = lines.find((each) => each.startsWith('burst    server CPU'));
    expect(line?.split(/ {2,}/)).toEqual([
      'burst',
      'server CPU µs per delivery <',
      ...['2', '5', '2'],
      ...['0.40 [0.25 – 0.50]', '1.00 [0.50 – 1.50]'],
    ]);
  });

  test('is drawn from zero, the longest bar for the largest', () => {
    const svg = drawChart({ figures: figures.filter(({ name }) => name.startsWith('server CPU')) });
    const widths = [...svg.matchAll(/width="([\d.]+)" height="16"/g)].map(([, width]) =>
      Number(width),
    );
    expect(widths).toHaveLength(3);
    expect(widths[1]).toBe(Math.max(...widths));
    expect((widths[0] ?? 0) / (widths[1] ?? 1)).toBeCloseTo(0.4, 2);
  });
});
