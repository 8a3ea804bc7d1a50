import type { AddressInfo } from 'node:net';
import type { Health, LiveChannels, LiveHealth } from '@tickwire/protocol';
import { expect, onTestFinished, test } from 'vitest';
import { createApiServer } from '../../src/api/server.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';

const TIMESTAMP = '2025-11-18T12:34:56.789Z';
const CONFIGURED = ['candles:BTCUSDT:1', 'candles:BTCUSDT:5'];
const FOLLOWED = [...CONFIGURED, 'price:EUR_USD', 'candles:DOGEUSDT:60'];

async function startApi(status: Health['status']): Promise<string> {
  const health: Health = {
    status,
    service: 'REST API',
    timestamp: TIMESTAMP,
    active_clients: 0,
    max_clients: 10,
    services: { redis: 'connected', database: 'connected', api: 'running' },
    mode: { bus: 'embedded', database: 'embedded' },
    feeds: [],
    rejected_candles: 0,
  };
  const api = createApiServer({
    health: () => health,
    live: {
      directory: { list: () => ({ configured: CONFIGURED, followed: FOLLOWED }) },
      activeChannels: () => 3,
    },
    metrics: { read: () => Promise.resolve({ contentType: 'text/plain', text: '' }) },
    timestamp: () => TIMESTAMP,
    logger: createRecordingLogger(),
  });
  await api.start();
  await new Promise<void>((resolve) => api.httpServer.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => api.close());
  return `http://127.0.0.1:${(api.httpServer.address() as AddressInfo).port}/api/v1/live`;
}

test('lists the configured candle channels, and all that are followed', async () => {
  const url = await startApi('healthy');
  const response = await fetch(`${url}/channels`, { headers: { Origin: 'http://elsewhere' } });
  expect(response.status).toBe(200);
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  expect(await response.json()).toEqual({
    success: true,
    channels: CONFIGURED,
    count: 2,
    all: FOLLOWED,
  } satisfies LiveChannels);
});

test.each([
  ['healthy', 200],
  ['degraded', 200],
  ['unhealthy', 503],
] as const)('says that it is %s with status %i', async (status, code) => {
  const url = await startApi(status);
  const response = await fetch(`${url}/health`);
  expect(response.status).toBe(code);
  expect(await response.json()).toEqual({
    status,
    redis: 'connected',
    active_channels: 3,
    timestamp: TIMESTAMP,
    mode: { bus: 'embedded', database: 'embedded' },
  } satisfies LiveHealth);
});
