import { expect, test } from 'vitest';
import { formatAlert } from '../../src/domain/kept-alert.ts';

const volatility = { type: 'volatilityAlert', instrument: 'EUR_USD' } as const;

test.each([
  [
    { ...volatility, volatility: 0.0234, threshold: 0.02, severity: 'warning' },
    'Volatility (0.0234) exceeded threshold (0.02)',
  ],
  [
    { ...volatility, volatility: 0.08074539336168735, threshold: 0.1, severity: 'info' },
    'Volatility (0.08075) is back under threshold (0.1)',
  ],
  [
    {
      type: 'correlationAlert',
      pair1: 'EUR_USD',
      pair2: 'USD_JPY',
      correlation: -0.8199999999999,
      threshold: 0.7,
      severity: 'critical',
    },
    'Correlation between EUR_USD and USD_JPY changed to -0.82',
  ],
] as const)('an alert speaks of numbers that people read: %j', (alert, message) => {
  expect(formatAlert(alert)).toBe(message);
});
