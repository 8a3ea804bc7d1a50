import { describe, expect, test } from 'vitest';
import type { Figure } from '../ingest/figures.js';
import type { Result as IngestResult } from '../ingest/report.js';
import { judge } from '../ingest/targets.js';
import type { Result as QueryResult } from '../query/report.js';
import type { RoundResult } from '../query/round.js';
import { findWrongAnswers } from '../query/warnings.js';
import { quantile } from '../statistics.js';
import { postgresBinaries } from '../store/postgres.js';
import { createDirectory, readResult, runBench } from './run-bench.ts';

/** The faster to start; what differs between the two is in a few lines of the bench. */
const ENGINE = postgresBinaries === undefined ? 'pglite' : 'postgres';
const ONE_ROUND = ['--rounds', '1', '--engine', ENGINE];
const TIMEOUT_MS = 120_000;

describe('ingest', () => {
  test(
    'measures the store and its peers without loss and keeps what it found',
    { timeout: TIMEOUT_MS },
    async () => {
      const directory = await createDirectory();
      const { code, output, errors } = await runBench('ingest.js', [
        ...['--rows', '30', '--peer-rows', '10', ...ONE_ROUND, '--output', directory],
      ]);
      expect(code, errors).toBe(0);
      expect(output).toContain('crypto candles');
      const { file, result } = (await readResult(directory)) as {
        file: string;
        result: IngestResult;
      };
      expect(file).toMatch(/^ingest-\d{4}-\d\d-\d\dT\d{6}Z\.json$/);
      expect(result.rounds.map(({ subject }) => subject)).toEqual([
        'tickwire',
        'rows',
        'transactions',
      ]);
      for (const { engine, subject, lost, misjudged, steps } of result.rounds) {
        expect([engine, lost, misjudged]).toEqual([ENGINE, 0, 0]);
        // Three kinds, new and again; our store in two batches.
        expect(steps).toHaveLength(subject === 'tickwire' ? 12 : 6);
      }
      for (const { name, tickwire, rows, transactions } of result.figures) {
        expect(
          [tickwire, rows.value, transactions.value].every((value) => value > 0),
          name,
        ).toBe(true);
      }
      expect(result.figures).toHaveLength(12 * 5);
    },
  );

  test('refuses a flag that is wrong, and says what it may be', async () => {
    const { code, errors } = await runBench('ingest.js', ['--engine', 'oracle']);
    expect(code).toBe(2);
    expect(errors).toContain("--engine: expected one of postgres, pglite, got 'oracle'");
  });
});

describe('query', () => {
  test(
    'asks the store and its peer the same and keeps what it found',
    { timeout: TIMEOUT_MS },
    async () => {
      const directory = await createDirectory();
      const { code, output, errors } = await runBench('query.js', [
        ...['--days', '2', '--quotes', '1000', '--repetitions', '3', '--seconds', '0.1'],
        ...[...ONE_ROUND, '--output', directory],
      ]);
      expect(code, errors).toBe(0);
      expect(output).toContain('last quotes of 1,000');
      const { file, result } = (await readResult(directory)) as {
        file: string;
        result: QueryResult;
      };
      expect(file).toMatch(/^query-/);
      expect(result.rounds.map(({ subject }) => subject)).toEqual(['tickwire', 'plain']);
      for (const { cases } of result.rounds) {
        const rows = Object.fromEntries(cases.map((found) => [found.name, found.rows]));
        expect(rows).toEqual({
          'newest 500 M1': 500,
          // Two days, which are a Saturday and a Sunday; the market opens at 22:00.
          'newest 5,000 M1': 2_880,
          'all H1, crypto': 48,
          'all H1, FX': 2,
          'last quotes of 20': 20,
          'last quotes of 1,000': 1_000,
          'starts of all M1': 2_880,
        });
      }
      expect(result.figures).toHaveLength(7 * 3);
    },
  );

  test('refuses a flag that is wrong, and says what it may be', async () => {
    const { code, errors } = await runBench('query.js', ['--days', '0']);
    expect(code).toBe(2);
    expect(errors).toContain("--days: expected a whole number from 1 to 366, got '0'");
  });
});

describe('judge', () => {
  test('says by what an engine missed its targets', () => {
    const of = (changes: Partial<Figure>): Figure => ({
      ...{ engine: 'pglite', kind: 'FX candles', isRepeat: false, batch: 5_000 },
      ...{ name: 'rows/s', better: 'higher', tickwire: 10_000 },
      rows: { value: 1, ratio: 1, lowestRatio: 1, highestRatio: 1 },
      transactions: { value: 1, ratio: 1, lowestRatio: 1, highestRatio: 1 },
      ...changes,
    });
    const met = [of({}), of({ isRepeat: true, tickwire: 1 }), of({ kind: 'quotes', tickwire: 1 })];
    expect(judge(met)).toEqual([expect.stringMatching(/^Target, pglite: .* met$/)]);
    expect(judge([of({ engine: 'postgres' })])).toEqual([
      expect.stringContaining('MISSED (FX candles in batches of 5000: 10000 rows/s)'),
    ]);
    expect(judge([of({ name: 'loop p99 ms', tickwire: 20 })])).toEqual([
      expect.stringContaining('MISSED (FX candles in batches of 5000: 20 loop p99 ms)'),
    ]);
  });
});

describe('findWrongAnswers', () => {
  test('finds an answer with other rows than SELECT, and one with none', () => {
    const round = (subject: 'tickwire' | 'plain', ...rows: number[]): RoundResult => ({
      engine: 'pglite',
      subject,
      cases: (['newest 500 M1', 'all H1, FX', 'all H1, crypto'] as const).map((name, index) => ({
        ...{ name, rows: rows[index] ?? NaN },
        ...{ repetitions: 1, p50Ms: 1, p99Ms: 1, loopMaxMs: 1 },
      })),
    });
    expect(findWrongAnswers([round('tickwire', 499, 0, 9), round('plain', 500, 0, 9)])).toEqual([
      { engine: 'pglite', name: 'newest 500 M1', rows: 499 },
      { engine: 'pglite', name: 'all H1, FX', rows: 0 },
    ]);
  });
});

describe('quantile', () => {
  test('takes the value that so many do not exceed', () => {
    const values = Array.from({ length: 200 }, (_, index) => 200 - index);
    expect([0, 0.5, 0.99, 1].map((share) => quantile(values, share))).toEqual([1, 100, 198, 200]);
    expect(quantile([], 0.5)).toBeNaN();
  });
});
