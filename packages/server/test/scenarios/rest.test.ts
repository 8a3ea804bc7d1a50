import { expect, test } from 'vitest';
import type { OpenApi } from '../support/openapi.ts';
import { createDirectoryForTest } from '../support/temporary-directory.ts';
import { startServerForTest } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';

const PORTS = ['API_PORT', 'WEBSOCKET_PORT', 'LIVE_PORT'];
const PAIRS = ['EUR_USD', 'GBP_USD', 'USD_JPY'];

/** What each route needs to be asked; all others need nothing. */
const QUERIES: Readonly<Record<string, string>> = {
  '/api/v1/prices/current': '?instrument=EUR_USD',
  '/api/v1/correlation/matrix': '?universe=all',
  '/api/v1/correlation/pairs': '?pair1=EUR_USD&pair2=BTCUSDT',
  '/api/v1/metrics/volatility': '?universe=all',
  '/api/v1/best-pairs': '?universe=all',
};

test('every route answers on every port with what the simulated venues brought', async () => {
  const server = await startServerForTest({
    API_PORT: '0',
    WEBSOCKET_PORT: '0',
    LIVE_PORT: '0',
    FEEDS: 'oanda,bybit',
    TRACKED_PAIRS: PAIRS.join(','),
    BYBIT_SYMBOLS: 'BTCUSDT,ETHUSDT',
    DATA_DIR: await createDirectoryForTest(),
    BACKFILL_DAYS: '20',
    RATE_LIMIT_REQUESTS: '0',
  });
  const readJson = async (url: string): Promise<unknown> => {
    const response = await fetch(url);
    return response.status === 200 ? response.json() : undefined;
  };
  for (const computed of ['best-pairs', 'metrics/volatility']) {
    const isThere = async (): Promise<boolean> =>
      (await readJson(`${server.url}/api/v1/${computed}`)) !== undefined;
    await waitFor(isThere, computed, 60_000);
  }
  for (const port of PORTS) {
    const url = server.urlOf(port);
    const { paths } = (await readJson(`${url}/openapi.json`)) as OpenApi;
    for (const path of Object.keys(paths)) {
      const filled = path.replace('{instrument}', 'BTCUSDT') + (QUERIES[path] ?? '');
      expect([filled, await readJson(url + filled)]).toEqual([filled, expect.any(Object)]);
    }
  }
  const instruments = [...PAIRS, 'BTCUSDT', 'ETHUSDT'];
  const quality = (await readJson(`${server.url}/api/v1/quality`)) as {
    instruments: { instrument: string; last_quote_age: number; candles: { last_30d: object }[] }[];
  };
  expect(quality.instruments.map(({ instrument }) => instrument)).toEqual(instruments);
  for (const { instrument, last_quote_age: age, candles } of quality.instruments) {
    expect(age, instrument).toBeLessThan(60);
    expect(candles[0], instrument).toMatchObject({ granularity: 'H1', last_30d: { missing: 0 } });
  }
  const { matrix } = (await readJson(`${server.url}/api/v1/correlation/matrix?universe=all`)) as {
    matrix: object;
  };
  expect(Object.keys(matrix)).toEqual(instruments);
}, 90_000);
