import { expect, test } from 'vitest';
import { historyVenueOf } from '../../src/jobs/history-venue.ts';

test.each([
  ['EUR_USD', 'oanda'],
  ['BTCUSDT', 'bybit'],
  ['SPOT_BTCUSDT', 'bybit'],
])('the history of %s is that of %s', (instrument, venue) => {
  expect(historyVenueOf(instrument)).toBe(venue);
});
