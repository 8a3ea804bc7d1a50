import { describe, expect, test } from 'vitest';
import { type Figure, toFigures } from '../analytics/figures.js';
import { choosePairs, countPairs } from '../analytics/plan.js';
import type { Result } from '../analytics/report.js';
import { judge } from '../analytics/targets.js';
import { createDirectory, readResult, runBench } from './run-bench.ts';

const TIMEOUT_MS = 120_000;

describe('analytics', () => {
  test(
    'makes the same numbers both ways and keeps what it found',
    { timeout: TIMEOUT_MS },
    async () => {
      const directory = await createDirectory();
      const { code, output, errors } = await runBench('analytics.js', [
        ...['--instruments', '200', '--pairs', '500', '--seconds', '0', '--rounds', '1'],
        ...['--output', directory],
      ]);
      expect(code, errors).toBe(0);
      expect(output).toContain('mixed hours');
      const { file, result } = (await readResult(directory)) as { file: string; result: Result };
      expect(file).toMatch(/^analytics-\d{4}-\d\d-\d\dT\d{6}Z\.json$/);
      expect(result.rounds.map(({ subject }) => subject)).toEqual(['tickwire', 'plain']);
      expect(
        result.figures.map(({ kind, instruments, bars, compared, wrong }) =>
          [kind, instruments, bars, compared, wrong].join(' '),
        ),
      ).toEqual([
        ...['same hours', 'mixed hours'].flatMap((kind) => [
          `${kind} 20 100 190 0`,
          `${kind} 20 1000 190 0`,
          `${kind} 200 100 500 0`,
          `${kind} 200 1000 500 0`,
        ]),
        'hourly job 20 500 340 0',
      ]);
      expect(result.figures.every(({ tickwire, plain }) => tickwire > 0 && plain > 0)).toBe(true);
    },
  );

  test('refuses a flag that is wrong, and says what it may be', async () => {
    const { code, errors } = await runBench('analytics.js', ['--instruments', '5']);
    expect(code).toBe(2);
    expect(errors).toContain("--instruments: expected a whole number from 20 to 2000, got '5'");
  });
});

describe('choosePairs', () => {
  test('takes all pairs once where they are few', () => {
    expect(choosePairs(4, 100)).toEqual([
      ...[0, 1, 2].map((place) => [0, place + 1]),
      ...[[1, 2], [1, 3], [2, 3]], // prettier-ignore
    ]);
  });

  test('spreads over all of them where they are many', () => {
    const pairs = choosePairs(2_000, 1_000);
    expect(pairs).toHaveLength(1_000);
    expect(pairs.every(([a, b]) => a < b && b < 2_000)).toBe(true);
    expect(new Set(pairs.map(String)).size).toBe(1_000);
    expect(pairs.at(-1)?.[0]).toBeGreaterThan(1_900);
    expect(countPairs(2_000)).toBe(1_999_000);
  });
});

describe('toFigures', () => {
  test('counts the correlations that are others than the peer’s', () => {
    const one = { kind: 'same hours', instruments: 3, bars: 100 } as const;
    const of = (subject: 'tickwire' | 'plain', ms: number, values: (number | null)[]) => ({
      subject,
      cases: [{ ...one, ms, repetitions: 1, loopMaxMs: ms, values }],
    });
    const [figure] = toFigures(
      [
        of('tickwire', 1, [0.5, null, 0.25]),
        of('plain', 4, [0.5, null, 0.25]),
        of('tickwire', 3, [0.5 + 1e-12, 0.1, 0.26]),
        of('plain', 4, [0.5, null, 0.25]),
      ],
      [one],
    );
    expect(figure).toMatchObject({ wrong: 2, compared: 3, results: 3, tickwire: 2, ratio: 0.5 });
    expect(figure?.loopMaxMs).toEqual({ tickwire: 3, plain: 4 });
  });
});

describe('judge', () => {
  const figure: Figure = {
    ...{ kind: 'same hours', instruments: 2_000, bars: 1_000, results: 1, compared: 1, wrong: 0 },
    ...{ name: 'ms', better: 'lower', tickwire: 1_999, plain: 1 },
    ...{ ratio: 1, lowestRatio: 1, highestRatio: 1, loopMaxMs: { tickwire: 49, plain: 1 } },
  };

  test('says whether the largest matrix was fast enough, where there is one', () => {
    expect(judge([figure])).toContain('met (1999 ms, 49.0 ms)');
    expect(judge([{ ...figure, tickwire: 2_000 }])).toContain('MISSED');
    const loopMaxMs = { tickwire: 50, plain: 1 };
    expect(judge([{ ...figure, loopMaxMs }])).toContain('MISSED');
    expect(judge([{ ...figure, instruments: 200 }])).toBeUndefined();
  });
});
