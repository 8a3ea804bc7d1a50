import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MissingStarts } from '../../src/jobs/missing-starts.ts';

/** Of the starts 0, 10, 20 … those of the given places are missing. */
function missingOf(count: number, places: readonly number[]): MissingStarts {
  const missing = new MissingStarts();
  const gaps = places
    .toSorted((a, b) => a - b)
    .map((place) => ({ from: place * 10, to: place * 10 + 10 }));
  missing.add(
    Array.from({ length: count }, (_, place) => place * 10),
    gaps,
    0,
  );
  return missing;
}

describe('MissingStarts', () => {
  test('asks for a lone one and for the one that shows whether it exists', () => {
    const missing = missingOf(100, [7]);
    expect([missing.since, missing.pageLength(1_000)]).toEqual([70, 2]);
  });

  test('asks for all that one answer can reach, and for what is between them', () => {
    const missing = missingOf(100, [7, 9, 20, 90]);
    expect(missing.pageLength(14)).toBe(4);
    expect(missing.pageLength(15)).toBe(15);
    expect(missing.pageLength(84)).toBe(15);
    expect(missing.pageLength(1_000)).toBe(85);
  });

  test('tells what is absent from what is there and from what is not over yet', () => {
    const missing = missingOf(6, [1, 2, 3, 5]);
    const all = new Set([10, 30, 40]);
    expect(missing.settle({ all, good: new Set([10, 40]), until: 40 })).toEqual([20]);
    expect(missing).toMatchObject({ since: 50, total: 6, missing: 2, absent: 1 });
  });

  test('takes what is expected part by part', () => {
    const missing = new MissingStarts();
    missing.add([0, 10], [{ from: 10, to: 20 }], 1);
    missing.add([20, 30], [], 1);
    missing.add([40], [{ from: 40, to: 50 }], 0);
    expect(missing).toMatchObject({ since: 10, total: 5, missing: 2, absent: 2 });
    expect(missing.pageLength(100)).toBe(5);
  });

  test('reaches every missing one, whatever fits into one answer', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(199), { minLength: 1 }),
        fc.integer({ min: 2, max: 60 }),
        (places, most) => {
          const missing = missingOf(200, places);
          const seen: number[] = [];
          for (let since = missing.since; since !== undefined; since = missing.since) {
            const length = missing.pageLength(most);
            const all = Array.from({ length }, (_, index) => since + index * 10);
            expect(length).toBeGreaterThanOrEqual(2);
            expect(length).toBeLessThanOrEqual(most);
            seen.push(...all.filter((start) => places.includes(start / 10)));
            missing.settle({ all: new Set(all), good: new Set(all), until: all.at(-1)! });
          }
          expect(seen).toEqual(places.toSorted((a, b) => a - b).map((place) => place * 10));
          expect(missing).toMatchObject({ missing: 0, absent: 0 });
        },
      ),
    );
  });
});
