import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NEWEST_ALERTS, NewestAlerts } from '../../src/domain/newest-alerts.ts';
import { alertAt, idsOf } from '../support/alerts.ts';

function newestOf(...numbers: readonly number[]): NewestAlerts {
  const newest = new NewestAlerts();
  numbers.forEach((seq) => {
    newest.add(alertAt(seq));
  });
  return newest;
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('NewestAlerts', () => {
  test('have each once, in the order of their numbers, whatever the order they come in', () => {
    const anyNumbers = fc.array(fc.integer({ min: 1, max: 30 }));
    fc.assert(
      fc.property(anyNumbers, (numbers) => {
        const sorted = [...new Set(numbers)].sort((a, b) => a - b);
        expect(idsOf(newestOf(...numbers).all)).toEqual(sorted.map((seq) => `e:${seq}`));
      }),
    );
  });

  test('go by their numbers where the clock was set back, and by time between two epochs', () => {
    const newest = newestOf(9);
    newest.add({ ...alertAt(10), time: alertAt(5).time });
    newest.add(alertAt(1, 'f'));
    newest.add(alertAt(50, 'f'));
    expect(idsOf(newest.all)).toEqual(['f:1', 'e:9', 'e:10', 'f:50']);
  });

  test('keep what was known first of one that comes again', () => {
    const newest = newestOf(1);
    newest.add({ ...alertAt(1), positions: {} });
    expect(newest.all).toEqual([alertAt(1)]);
  });

  test('drop the oldest of too many', () => {
    const newest = newestOf(...range(1, NEWEST_ALERTS + 5));
    expect(idsOf(newest.all)).toEqual(range(6, NEWEST_ALERTS + 5).map((seq) => `e:${seq}`));
    newest.add(alertAt(2));
    expect(newest.all).toHaveLength(NEWEST_ALERTS);
    expect(newest.all[0]?.id).toBe('e:6');
  });

  describe('are complete', () => {
    test('once all that were kept are there, and not before', () => {
      const newest = newestOf(7);
      expect(newest.isComplete).toBe(false);
      newest.restore(range(1, 3).map((seq) => alertAt(seq, 'd')));
      expect(newest.isComplete).toBe(true);
      expect(idsOf(newest.all)).toEqual(['d:1', 'd:2', 'd:3', 'e:7']);
    });

    test('where none was kept', () => {
      const newest = newestOf();
      newest.restore([]);
      expect([newest.all, newest.isComplete]).toEqual([[], true]);
    });

    test('not where more may have been kept', () => {
      const newest = newestOf();
      newest.restore(range(1, NEWEST_ALERTS).map((seq) => alertAt(seq)));
      expect(newest.isComplete).toBe(false);
    });

    test('not where one had to be dropped, before or after', () => {
      const before = newestOf(...range(1, NEWEST_ALERTS + 1));
      before.restore([]);
      expect(before.isComplete).toBe(false);
      const after = newestOf();
      after.restore(range(1, NEWEST_ALERTS - 1).map((seq) => alertAt(seq)));
      expect(after.isComplete).toBe(true);
      after.add(alertAt(NEWEST_ALERTS));
      expect(after.isComplete).toBe(true);
      after.add(alertAt(NEWEST_ALERTS + 1));
      expect(after.isComplete).toBe(false);
    });

    test('not once some were missed', () => {
      const newest = newestOf(1);
      newest.restore([]);
      newest.noteLoss();
      expect(newest.isComplete).toBe(false);
      expect(idsOf(newest.all)).toEqual(['e:1']);
    });
  });
});
