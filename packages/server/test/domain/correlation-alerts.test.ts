import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CorrelationPast, correlationAlert } from '../../src/domain/correlation-alerts.ts';

const THRESHOLD = 0.7;
const PAIR = { pair1: 'EUR_USD', pair2: 'USD_JPY' };

/** The severity and the threshold of an alert, if there is one. */
function alertOf(correlation: number, past: Partial<CorrelationPast>) {
  const all = { dayBefore: null, told: undefined, ...past };
  const alert = correlationAlert({ ...PAIR, correlation }, all, THRESHOLD);
  return alert && [alert.severity, alert.threshold];
}

function toldOf(correlation: number, isOfLastDay: boolean): CorrelationPast['told'] {
  return { correlation, isOfLastDay };
}

describe('correlationAlert', () => {
  test('says of which pair, what and against what', () => {
    const past = { dayBefore: -0.65, told: undefined };
    expect(correlationAlert({ ...PAIR, correlation: -0.82 }, past, THRESHOLD)).toEqual({
      type: 'correlationAlert',
      ...PAIR,
      correlation: -0.82,
      threshold: 0.7,
      severity: 'warning',
    });
  });

  test('warns where the threshold is reached, above zero or below', () => {
    expect(alertOf(0.7, { dayBefore: 0.69 })).toEqual(['warning', 0.7]);
    expect(alertOf(-0.7, { dayBefore: -0.69 })).toEqual(['warning', 0.7]);
  });

  test('tells where it comes back between them', () => {
    expect(alertOf(0.69, { dayBefore: 0.7 })).toEqual(['info', 0.7]);
    expect(alertOf(-0.69, { dayBefore: -0.75 })).toEqual(['info', 0.7]);
  });

  test('is critical where it has changed from one to the other', () => {
    expect(alertOf(-0.7, { dayBefore: 0.8 })).toEqual(['critical', 0.7]);
    expect(alertOf(0.9, { dayBefore: -0.8 })).toEqual(['critical', 0.7]);
  });

  test('tells of a change of 0.2 or more, either way', () => {
    expect(alertOf(0.3, { dayBefore: 0.1 })).toEqual(['info', 0.2]);
    expect(alertOf(0.4, { dayBefore: 0.6 })).toEqual(['info', 0.2]);
    expect(alertOf(-0.1, { dayBefore: 0.1 })).toEqual(['info', 0.2]);
    expect(alertOf(0.29, { dayBefore: 0.1 })).toBeUndefined();
    expect(alertOf(0.95, { dayBefore: 0.72 })).toEqual(['info', 0.2]);
  });

  test('says nothing where nothing is known from before', () => {
    expect(alertOf(0.9, {})).toBeUndefined();
    expect(alertOf(0.1, {})).toBeUndefined();
  });

  test('is not told again while the correlation stays where it was told to be', () => {
    expect(alertOf(0.75, { dayBefore: 0.65, told: toldOf(0.72, true) })).toBeUndefined();
    expect(alertOf(0.75, { dayBefore: 0.76, told: toldOf(0.72, false) })).toBeUndefined();
    expect(alertOf(0.35, { dayBefore: 0.1, told: toldOf(0.31, true) })).toBeUndefined();
  });

  test('knows from what was told what was missed', () => {
    // Nobody was there on the day on which it came to the threshold.
    expect(alertOf(0.75, { dayBefore: 0.76, told: toldOf(0.3, false) })).toEqual(['warning', 0.7]);
    expect(alertOf(0.6, { dayBefore: 0.62, told: toldOf(0.8, false) })).toEqual(['info', 0.7]);
  });

  test('compares with the day before, not with what was told long ago', () => {
    expect(alertOf(0.35, { dayBefore: 0.3, told: toldOf(0, false) })).toBeUndefined();
    expect(alertOf(0.35, { dayBefore: 0.1, told: toldOf(0.34, false) })).toEqual(['info', 0.2]);
  });

  test('tells nothing twice, however often it is asked', () => {
    const correlation = fc.double({ min: -1, max: 1, noNaN: true });
    fc.assert(
      fc.property(correlation, correlation, (now, dayBefore) => {
        const alert = alertOf(now, { dayBefore });
        const isFar = Math.abs(now - dayBefore) >= 0.2;
        expect(alert !== undefined || !isFar).toBe(true);
        if (alert !== undefined) {
          expect(alertOf(now, { dayBefore, told: toldOf(now, true) })).toBeUndefined();
        }
      }),
    );
  });
});
