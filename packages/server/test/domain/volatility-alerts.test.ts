import fc from 'fast-check';
import type { Severity } from '@tickwire/protocol';
import { describe, expect, test } from 'vitest';
import { volatilityAlert, volatilityThreshold } from '../../src/domain/volatility-alerts.ts';

/** The severities that readings one after another are told with. */
function told(volatilities: readonly number[], threshold = 1): (Severity | undefined)[] {
  let last: Severity | undefined;
  return volatilities.map((volatility) => {
    const alert = volatilityAlert({ instrument: 'EUR_USD', volatility, threshold }, last);
    last = alert?.severity ?? last;
    return alert?.severity;
  });
}

describe('volatilityThreshold', () => {
  test('is what was configured, or 1.5 of the median, or unknown', () => {
    expect(volatilityThreshold(0.12, 0.04)).toBe(0.12);
    expect(volatilityThreshold(undefined, 0.04)).toBeCloseTo(0.06, 15);
    expect(volatilityThreshold(undefined, null)).toBeNull();
  });
});

describe('volatilityAlert', () => {
  test('says what was measured, and against what', () => {
    const reading = { instrument: 'EUR_USD', volatility: 0.0234, threshold: 0.02 };
    expect(volatilityAlert(reading, undefined)).toEqual({
      type: 'volatilityAlert',
      ...reading,
      severity: 'warning',
    });
  });

  test('warns above the threshold, and at it not', () => {
    expect(told([1, 1.01])).toEqual([undefined, 'warning']);
  });

  test('is critical above 1.5 thresholds, and at them not', () => {
    expect(told([1.5, 1.51])).toEqual(['warning', 'critical']);
    expect(told([1.51])).toEqual(['critical']);
  });

  test('is not told again while the level stays', () => {
    expect(told([1.2, 1.4, 1.01, 1.3])).toEqual(['warning', undefined, undefined, undefined]);
    expect(told([2, 3, 1.6])).toEqual(['critical', undefined, undefined]);
  });

  test('is over under 0.9 of where it began, and not before', () => {
    expect(told([1.2, 0.95, 0.9, 0.89])).toEqual(['warning', undefined, undefined, 'info']);
    expect(told([2, 1.4, 1.35, 1.34])).toEqual(['critical', undefined, undefined, 'warning']);
    expect(told([2, 1.34, 0.95, 0.89])).toEqual(['critical', 'warning', undefined, 'info']);
    expect(told([2, 0.5])).toEqual(['critical', 'info']);
  });

  test('begins anew once it was over', () => {
    expect(told([1.2, 0.8, 0.95, 1.01])).toEqual(['warning', 'info', undefined, 'warning']);
  });

  test('does not begin where it is only near', () => {
    expect(told([0.95, 1, 0.95])).toEqual([undefined, undefined, undefined]);
  });

  test('goes by the threshold of now', () => {
    const reading = { instrument: 'EUR_USD', volatility: 1.2 };
    expect(volatilityAlert({ ...reading, threshold: 2 }, 'warning')?.severity).toBe('info');
    expect(volatilityAlert({ ...reading, threshold: 0.5 }, 'warning')?.severity).toBe('critical');
  });

  test('says nothing where nothing is known, and leaves the level', () => {
    const known = { instrument: 'EUR_USD', volatility: 0.1, threshold: 1 };
    expect(volatilityAlert({ ...known, volatility: null }, 'warning')).toBeUndefined();
    expect(volatilityAlert({ ...known, threshold: null }, 'warning')).toBeUndefined();
    expect(volatilityAlert({ ...known, threshold: 0 }, undefined)).toBeUndefined();
  });

  test('tells each level once between two others, and the one that holds', () => {
    const reading = fc.double({ min: 0, max: 3, noNaN: true });
    fc.assert(
      fc.property(fc.array(reading, { minLength: 1, maxLength: 50 }), (readings) => {
        const all = told(readings);
        const changes = all.filter((severity) => severity !== undefined);
        expect(changes[0]).not.toBe('info');
        expect(changes.every((severity, index) => severity !== changes[index - 1])).toBe(true);
        readings.forEach((value, index) => {
          const level = all.slice(0, index + 1).findLast((one) => one !== undefined) ?? 'info';
          if (value > 1.5) {
            expect(level).toBe('critical');
          } else if (value > 1) {
            expect(level).not.toBe('info');
          } else if (value < 0.9) {
            expect(level).toBe('info');
          }
        });
      }),
    );
  });
});
