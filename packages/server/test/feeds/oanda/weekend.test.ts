import { expect, test } from 'vitest';
import { RecordingClient } from '../../support/socket-io-client.ts';
import { startServerForTest } from '../../support/test-server.ts';
import { waitFor } from '../../support/wait-for.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** How long ago the last Sunday but one, 20:30 UTC, was: before the market opens, summer or winter. */
function sinceSundayEvening(now: number): number {
  const days = new Date(now).getUTCDay() + 7;
  return days * DAY_MS + (now % DAY_MS) - 20.5 * HOUR_MS;
}

test('a closed market is healthy, its prices have their true time, and its opening is seen', async () => {
  const now = Date.now();
  const agoMs = sinceSundayEvening(now);
  const server = await startServerForTest({
    SIMULATOR_WEEKEND: 'closed',
    SIMULATOR_START: `-${Math.round(agoMs / 60_000)}m`,
    SIMULATOR_SPEED: '1500',
    TRACKED_PAIRS: 'EUR_USD,USD_JPY',
  });
  await waitFor(
    () => server.health().feeds[0]?.state === 'market_closed',
    'the market to be closed',
  );
  expect(server.health()).toMatchObject({ status: 'healthy' });

  const client = new RecordingClient(server.url);
  const { prices, pair_count: count } = await client.request(
    'request_all_prices',
    undefined,
    'all_prices_response',
  );
  expect(count).toBe(2);
  const closedFor = now - agoMs - Date.parse(prices['EUR_USD']!.time);
  expect(closedFor).toBeGreaterThan(46 * HOUR_MS);
  expect(closedFor).toBeLessThan(49 * HOUR_MS);

  await waitFor(() => server.health().feeds[0]?.state === 'live', 'the market to open');
  client.socket.emit('subscribe', { pairs: '*' });
  await client.next('price_update', 10);
  client.close();
});
