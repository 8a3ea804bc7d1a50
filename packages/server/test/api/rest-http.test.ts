import { gunzipSync } from 'node:zlib';
import { request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { StoreError } from '../../src/domain/errors.ts';
import { createFullWorld, hourlyCandle, startRest } from '../support/rest-world.ts';
import { waitFor } from '../support/wait-for.ts';

/** Every route that reads what is kept. */
const KEPT = [
  '/candles/EUR_USD',
  '/metrics/volatility',
  '/metrics/volatility/EUR_USD',
  '/correlation/matrix',
  '/correlation/pairs?pair1=EUR_USD&pair2=GBP_USD',
  '/best-pairs',
  '/alerts',
  '/quality',
];
const OTHERS = [
  '/info',
  '/prices/current?instrument=EUR_USD',
  '/prices/all',
  '/sessions',
  '/cache/stats',
];

describe('the rate limit', () => {
  const limitOf = ({ headers }: Response): (string | null)[] =>
    ['x-ratelimit-limit', 'x-ratelimit-remaining', 'retry-after'].map((name) => headers.get(name));

  test('counts every request under /api, and says when to come back', async () => {
    const { get } = await startRest(createFullWorld(), {
      rateLimit: { requests: 3, windowMs: 60_000 },
    });
    expect(limitOf(await get('/api/v1/info'))).toEqual(['3', '2', null]);
    expect(limitOf(await get('/api/v1/live/channels'))).toEqual(['3', '1', null]);
    expect(limitOf(await get('/api/v1/nothing'))).toEqual(['3', '0', null]);
    const refused = await get('/api/v1/info');
    expect(refused.status).toBe(429);
    expect(limitOf(refused).slice(0, 2)).toEqual(['3', '0']);
    const seconds = Number(refused.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(refused.headers.get('x-ratelimit-reset')).toBe(String(seconds));
    expect(await refused.json()).toEqual({
      error: 'Too many requests',
      message: `Come back in ${seconds} s`,
      timestamp: '2025-11-18T12:34:56.789Z',
    });
  });

  test('leaves health, documents and other addresses alone', async () => {
    const { get } = await startRest(createFullWorld(), {
      rateLimit: { requests: 1, windowMs: 60_000 },
    });
    await get('/api/v1/info');
    for (const path of ['/health', '/api/v1/live/health', '/openapi.json', '/docs/', '/']) {
      const response = await get(path);
      expect([path, response.status]).toEqual([path, 200]);
      expect(response.headers.has('x-ratelimit-limit')).toBe(false);
    }
    expect((await get('/api/v1/info')).status).toBe(429);
  });

  test('ends with its window', async () => {
    const { get } = await startRest(createFullWorld(), {
      rateLimit: { requests: 1, windowMs: 50 },
    });
    await waitFor(async () => (await get('/api/v1/info')).status === 429, 'a refusal');
    await waitFor(async () => (await get('/api/v1/info')).status === 200, 'the next window');
  });
});

describe('a client that knows the answer', () => {
  test.each([...KEPT, ...OTHERS])('is told so until it changes: %s', async (path) => {
    const world = createFullWorld();
    const { get } = await startRest(world);
    const first = await get(`/api/v1${path}`);
    expect(first.status).toBe(200);
    expect(first.headers.get('cache-control')).toBe('no-cache');
    const etag = first.headers.get('etag')!;
    expect(etag).toMatch(/^W\/"[\w-]+"$/);
    // The quality's ages and the timestamps are the only things that time alone changes.
    world.now += path === '/quality' ? 0 : 1;
    const second = await get(`/api/v1${path}`, { 'If-None-Match': `"other", ${etag}` });
    expect(second.status).toBe(304);
    expect(await second.text()).toBe('');
    expect(second.headers.get('etag')).toBe(etag);
  });

  test('gets what is new', async () => {
    const world = createFullWorld();
    const { get } = await startRest(world);
    const etag = (await get('/api/v1/candles/EUR_USD')).headers.get('etag')!;
    world.store.preset([hourlyCandle('EUR_USD', 0)]);
    const response = await get('/api/v1/candles/EUR_USD', { 'If-None-Match': etag });
    expect(response.status).toBe(200);
    expect(response.headers.get('etag')).not.toBe(etag);
  });
});

describe('compression', () => {
  function rawGet(
    url: string,
    encoding: string,
  ): Promise<{ encoding: string | undefined; body: Buffer }> {
    return new Promise((resolve, reject) => {
      request(url, { headers: { 'Accept-Encoding': encoding } }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => {
          resolve({ encoding: response.headers['content-encoding'], body: Buffer.concat(parts) });
        });
      })
        .on('error', reject)
        .end();
    });
  }

  test('makes a long answer short for who understands it', async () => {
    const { url } = await startRest(createFullWorld());
    const path = `${url}/api/v1/candles/EUR_USD`;
    const plain = await rawGet(path, 'identity');
    const compressed = await rawGet(path, 'gzip');
    expect(plain.encoding).toBeUndefined();
    expect(compressed.encoding).toBe('gzip');
    expect(gunzipSync(compressed.body).equals(plain.body)).toBe(true);
    expect(compressed.body.length).toBeLessThan(plain.body.length / 4);
  });
});

describe('trouble', () => {
  test.each(KEPT)('a database that is down is 503: %s', async (path) => {
    const world = createFullWorld();
    world.failure = new StoreError('STORE_UNAVAILABLE', 'connect ECONNREFUSED 10.0.0.1:5432');
    const { get } = await startRest(world);
    const response = await get(`/api/v1${path}`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      error: 'Service unavailable',
      message: 'The database cannot be used: STORE_UNAVAILABLE',
      timestamp: '2025-11-18T12:34:56.789Z',
    });
  });

  test.each(OTHERS)('what needs no database answers without one: %s', async (path) => {
    const world = createFullWorld();
    world.failure = new StoreError('STORE_UNAVAILABLE', 'It is down');
    const { get } = await startRest(world);
    expect((await get(`/api/v1${path}`)).status).toBe(200);
  });

  test('a fault of ours is 500 without its words, and the log has them', async () => {
    const world = createFullWorld();
    world.failure = new TypeError('Cannot read properties of undefined (reading secret)');
    const { get, log } = await startRest(world);
    const response = await get('/api/v1/alerts');
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
    expect(log).toContainEqual(
      expect.objectContaining({ level: 'error', fields: { err: world.failure } }),
    );
  });

  test.each([
    ['not HTTP', 'GET /api/v1/info\u0001\r\n\r\n', 400, 'Bad request'],
    [
      'headers without an end',
      `GET /api/v1/info HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      'Request header fields too large',
    ],
  ])('what is no request is answered like any problem: %s', async (_, sent, status, error) => {
    const { url } = await startRest(createFullWorld());
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(sent);
    const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
    expect(head.split(' ')[1]).toBe(String(status));
    expect(JSON.parse(body)).toEqual({
      error,
      message: expect.any(String) as string,
      timestamp: '2025-11-18T12:34:56.789Z',
    });
  });

  test('another method is as if the address were not there', async () => {
    const { url } = await startRest(createFullWorld());
    const response = await fetch(`${url}/api/v1/info`, { method: 'POST', body: '{}' });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: 'Not found' });
  });

  test('HEAD has the headers of GET and no body', async () => {
    const { url } = await startRest(createFullWorld());
    const response = await fetch(`${url}/api/v1/info`, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('etag')).toMatch(/^W\//);
    expect(await response.text()).toBe('');
  });
});

test('pages of other origins may read the headers that concern them', async () => {
  const { get } = await startRest(createFullWorld());
  const response = await get('/api/v1/info', { Origin: 'http://elsewhere' });
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  expect(response.headers.get('access-control-expose-headers')).toContain('X-RateLimit-Remaining');
});
