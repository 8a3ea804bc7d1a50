import { describe, expect, test } from 'vitest';
import { FactorPath } from '../../src/market/factor-path.ts';
import { FX_INSTRUMENTS, factorWeights } from '../../src/market/fx-instruments.ts';
import { HourPath, PATH_DEPTH, type WeightedPath } from '../../src/market/hour-path.ts';
import { MARKET_FACTORS } from '../../src/market/market-factors.ts';

const FIRST_HOUR = Date.parse('2026-11-16T00:00:00Z') / 3_600_000;
const factorPaths = MARKET_FACTORS.map(
  (factor, index) => new FactorPath(factor, { own: 1_000 + index, sharedClusters: 5 }, 'open'),
);

function pathsOf(name: string): readonly WeightedPath[] {
  const instrument = FX_INSTRUMENTS.find((each) => each.name === name) ?? expect.unreachable();
  const weights = factorWeights(instrument);
  return factorPaths.flatMap((path) => {
    const weight = weights.get(path.factor.name);
    return weight === undefined ? [] : [{ path, weight }];
  });
}

describe('HourPath', () => {
  test('joins the hours: each starts where the one before ends', () => {
    const paths = pathsOf('EUR_JPY');
    const blockEdge = Math.ceil(FIRST_HOUR / 16_384) * 16_384;
    for (const hour of [FIRST_HOUR, blockEdge - 1, -1]) {
      const before = new HourPath(paths, hour);
      const after = new HourPath(paths, hour + 1);
      expect(before.endValue).toBe(after.startValue);
      expect(after.valueAt(0)).toBe(after.startValue);
    }
  });

  test('is continuous: it moves little within a millisecond', () => {
    const path = new HourPath(pathsOf('EUR_USD'), FIRST_HOUR + 14);
    const largest = path.reachAt(PATH_DEPTH - 1) * 2;
    for (let ms = 0; ms < 3_599_999; ms += 997) {
      const step = path.valueAt((ms + 1) / 3_600_000) - path.valueAt(ms / 3_600_000);
      expect(Math.abs(step)).toBeLessThan(largest);
    }
  });

  test('is the sum of its legs in a cross, at every moment', () => {
    const [cross, first, second] = ['EUR_JPY', 'EUR_USD', 'USD_JPY'].map(pathsOf);
    for (let hour = FIRST_HOUR; hour < FIRST_HOUR + 24; hour += 1) {
      const [whole, left, right] = [cross, first, second].map(
        (paths) => new HourPath(paths ?? [], hour),
      );
      for (let fraction = 0; fraction < 1; fraction += 0.0173) {
        const legs = (left?.valueAt(fraction) ?? NaN) + (right?.valueAt(fraction) ?? NaN);
        expect(whole?.valueAt(fraction)).toBeCloseTo(legs, 13);
      }
    }
  });

  test('has the same value whether it is reached from the hour or from a cell', () => {
    const path = new HourPath(pathsOf('GBP_USD'), FIRST_HOUR + 9);
    const middle = path.middleOf(0, 1, path.startValue, path.endValue);
    const threeQuarters = path.middleOf(1, 3, middle, path.endValue);

    expect(path.valueAt(0.5)).toBe(middle);
    expect(path.valueAt(0.75)).toBe(threeQuarters);
    expect(path.valueWithin(2, 6, middle, threeQuarters, 0.625 * 4 - 2)).toBe(path.valueAt(0.625));
  });

  test('never strays further from the ends of a cell than it says', () => {
    const paths = pathsOf('AUD_CHF');
    let closest = 0;
    for (let hour = FIRST_HOUR; hour < FIRST_HOUR + 24; hour += 1) {
      const path = new HourPath(paths, hour);
      for (const level of [0, 2, 5, 9]) {
        const cells = 2 ** level;
        for (let cell = 0; cell < cells; cell += 1 + Math.floor(cells / 16)) {
          const start = path.valueAt(cell / cells);
          const end = cell + 1 === cells ? path.endValue : path.valueAt((cell + 1) / cells);
          for (let step = 1; step < 100; step += 1) {
            const value = path.valueAt((cell + step / 100) / cells);
            const excess = Math.max(value - Math.max(start, end), Math.min(start, end) - value);
            expect(excess).toBeLessThanOrEqual(path.reachAt(level));
            closest = Math.max(closest, excess / path.reachAt(level));
          }
        }
      }
    }
    expect(closest).toBeGreaterThan(0.3);
  });

  test('allows for the worst case: all draws at their limit, a third of the way', () => {
    const factorPath = factorPaths[0] ?? expect.unreachable();
    const path = new HourPath([{ path: factorPath, weight: -1 }], FIRST_HOUR);
    for (const level of [0, 1, 4]) {
      let worst = 0;
      let position = 1 / 3;
      for (let depth = level; depth < PATH_DEPTH; depth += 1) {
        const deviation = factorPath.deviationAt(FIRST_HOUR) * 0.5 * Math.SQRT1_2 ** depth;
        worst += Math.sqrt(3) * deviation * 2 * Math.min(position, 1 - position);
        position = (position * 2) % 1;
      }
      expect(path.reachAt(level)).toBeGreaterThan(worst);
      expect(path.reachAt(level)).toBeLessThan(worst * 1.05);
    }
  });
});
