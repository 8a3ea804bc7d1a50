import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createOandaSimulator } from '@tickwire/simulator';
import { ACCOUNT, ask, openStream, startSimulator, waitFor } from '../support/simulator.ts';

const message = (errorMessage: string): object => ({ errorMessage });

describe('OANDA simulator', () => {
  test('lists one account', async () => {
    const simulator = await startSimulator();
    const answer = await ask(`${simulator.restUrl}/v3/accounts`);
    expect(answer.status).toBe(200);
    expect(answer.json()).toEqual({ accounts: [{ id: '101-001-0000001-001', tags: [] }] });
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.headers['access-control-expose-headers']).toBe('ETag, RequestID');
  });

  test('gives every answer a RequestID of its own', async () => {
    const simulator = await startSimulator();
    const ids = new Set<unknown>();
    for (const path of ['/v3/accounts', '/v3/accounts', '/v3/nothing']) {
      const { headers } = await ask(simulator.restUrl + path);
      expect(headers['requestid']).toMatch(/^\d+$/);
      ids.add(headers['requestid']);
    }
    expect(ids.size).toBe(3);
  });

  test('lists instruments, all of them or those asked for', async () => {
    const simulator = await startSimulator();
    const all = await ask(`${simulator.restUrl}${ACCOUNT}/instruments`);
    expect(Object.keys(all.json()['instruments'] ?? {}).length).toBeGreaterThanOrEqual(20);
    const some = await ask(
      `${simulator.restUrl}${ACCOUNT}/instruments?instruments=USD_JPY%2CEUR_USD`,
    );
    const { instruments, lastTransactionID } = some.json();
    expect(lastTransactionID).toMatch(/^\d+$/);
    expect(instruments).toHaveLength(2);
    expect(instruments).toContainEqual({
      name: 'EUR_USD',
      type: 'CURRENCY',
      displayName: 'EUR/USD',
      pipLocation: -4,
      displayPrecision: 5,
      tradeUnitsPrecision: 0,
      minimumTradeSize: '1',
      maximumTrailingStopDistance: '1.00000',
      minimumTrailingStopDistance: '0.00050',
      maximumPositionSize: '0',
      maximumOrderUnits: '100000000',
      marginRate: '0.05',
    });
  });

  test('answers prices of the instruments asked for, in their order', async () => {
    const simulator = await startSimulator();
    const url = `${simulator.restUrl}${ACCOUNT}/pricing?instruments=USD_JPY,EUR_USD&includeHomeConversions=true`;
    const { time, prices } = (await ask(url)).json();
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
    expect(prices).toMatchObject([{ instrument: 'USD_JPY' }, { instrument: 'EUR_USD' }]);
    expect(prices?.[1]).toMatchObject({ type: 'PRICE', tradeable: true, status: 'tradeable' });
    expect(prices?.[1]?.['bids']?.[0]?.['price']).toMatch(/^\d\.\d{5}$/);
  });

  test('leaves out prices that are not newer than since', async () => {
    const simulator = await startSimulator();
    const url = `${simulator.restUrl}${ACCOUNT}/pricing?instruments=EUR_USD`;
    const since = (time: string): string => `${url}&since=${encodeURIComponent(time)}`;
    expect((await ask(since('2100-01-01T00:00:00Z'))).json()['prices']).toEqual([]);
    expect((await ask(since('2000-01-01T00:00:00Z'))).json()['prices']).toHaveLength(1);
    expect((await ask(since('soon'))).json()).toEqual(
      message(`Invalid value specified for 'since'`),
    );
  });

  test('writes UNIX times when asked to', async () => {
    const simulator = await startSimulator();
    const headers = { 'Accept-Datetime-Format': 'UNIX' };
    const url = `${simulator.restUrl}${ACCOUNT}/pricing?instruments=EUR_USD`;
    const { time, prices } = (await ask(url, { headers })).json();
    expect(time).toMatch(/^\d{10}\.\d{9}$/);
    expect(prices?.[0]?.['time']).toMatch(/^\d{10}\.\d{9}$/);
  });

  test('compresses an answer for a client that takes gzip', async () => {
    const simulator = await startSimulator();
    const url = `${simulator.restUrl}/v3/accounts`;
    const packed = await ask(url, { headers: { 'Accept-Encoding': 'gzip, deflate' } });
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(packed.bytes).toString()).toContain('"accounts"');
    const plain = await ask(url, { headers: { 'Accept-Encoding': 'gzip;q=0, deflate' } });
    expect(plain.headers['content-encoding']).toBeUndefined();
  });

  test.each([
    ['GET', '/v3/instruments', 404],
    ['GET', '/', 404],
    ['POST', '/v3/accounts', 405],
    ['GET', `${ACCOUNT}/pricing/stream?instruments=EUR_USD`, 405],
  ])('answers %s %s on the REST host with %i', async (method, path, status) => {
    const simulator = await startSimulator();
    const answer = await ask(simulator.restUrl + path, { method });
    expect(answer.status).toBe(status);
    expect(answer.json()['errorMessage']).toBeTypeOf('string');
  });

  test('answers a REST path on the stream host with 405', async () => {
    const simulator = await startSimulator();
    const answer = await ask(`${simulator.streamUrl}${ACCOUNT}/pricing?instruments=EUR_USD`);
    expect(answer.status).toBe(405);
  });

  test.each([
    [`${ACCOUNT}/pricing`, 'The request was missing required data'],
    [`${ACCOUNT}/pricing?instruments=EUR_USD,NO_SUCH`, `Invalid value specified for 'instruments'`],
    [`${ACCOUNT}/instruments?instruments=NO_SUCH`, `Invalid value specified for 'instruments'`],
    ['/v3/accounts/mine/instruments', `Invalid value specified for 'accountID'`],
    ['/v3/instruments/NO_SUCH/candles', `Invalid value specified for 'instrument'`],
    [`${ACCOUNT}/candles/latest`, 'The request was missing required data'],
    [
      `${ACCOUNT}/candles/latest?candleSpecifications=EUR_USD:M3:M`,
      `Invalid value specified for 'candleSpecifications'`,
    ],
  ])('refuses %s with 400', async (path, errorMessage) => {
    const simulator = await startSimulator();
    const answer = await ask(simulator.restUrl + path);
    expect(answer.status).toBe(400);
    expect(answer.json()).toEqual(message(errorMessage));
  });

  test('takes any token unless it has one of its own', async () => {
    const refusal = message('Insufficient authorization to perform request.');
    const open = await startSimulator();
    for (const authorization of ['', 'Bearer', 'Basic abc']) {
      const answer = await ask(`${open.restUrl}/v3/accounts`, { headers: { authorization } });
      expect(answer.status).toBe(401);
      expect(answer.json()).toEqual(refusal);
    }
    const guarded = await startSimulator({ token: 'secret' });
    expect((await ask(`${guarded.restUrl}/v3/accounts`)).status).toBe(401);
    expect((await openStream(guarded, 'instruments=EUR_USD')).status).toBe(401);
    const headers = { authorization: 'Bearer secret' };
    expect((await ask(`${guarded.restUrl}/v3/accounts`, { headers })).status).toBe(200);
    expect((await openStream(guarded, 'instruments=EUR_USD', headers)).status).toBe(200);
  });

  test('takes any well-formed account unless it has one of its own', async () => {
    const open = await startSimulator();
    expect((await ask(`${open.restUrl}/v3/accounts/1-2-3-4/instruments`)).status).toBe(200);
    const own = await startSimulator({ accountId: '1-2-3-4' });
    expect((await ask(`${own.restUrl}${ACCOUNT}/instruments`)).status).toBe(404);
    expect((await ask(`${own.restUrl}/v3/accounts/1-2-3-4/instruments`)).status).toBe(200);
    expect((await ask(`${own.restUrl}/v3/accounts`)).json()['accounts']?.[0]?.['id']).toBe(
      '1-2-3-4',
    );
  });

  test('answers 429 to more than 120 requests in a second, and no longer a second later', async () => {
    let nowMs = Date.now();
    const simulator = await startSimulator({ now: () => nowMs });
    const url = `${simulator.restUrl}/v3/accounts`;
    const statuses: number[] = [];
    for (let count = 0; count < 122; count += 1) {
      statuses.push((await ask(url)).status);
    }
    expect(statuses.filter((status) => status === 200)).toHaveLength(120);
    expect(statuses.slice(120)).toEqual([429, 429]);
    nowMs += 1_000;
    expect((await ask(url)).status).toBe(200);
  });

  test('answers requests in parallel up to the limit, each over a connection of its own', async () => {
    const nowMs = Date.now();
    const simulator = await startSimulator({ now: () => nowMs });
    const answers = await Promise.all(
      Array.from({ length: 150 }, () => ask(`${simulator.restUrl}/v3/accounts`)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(120);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(30);
  });

  test('refuses new connections beyond a burst and two per second', async () => {
    const nowMs = Date.now();
    const simulator = await startSimulator({ now: () => nowMs });
    const { hostname, port } = new URL(simulator.restUrl);
    let open = 0;
    let refused = 0;
    for (let count = 0; count < 305; count += 1) {
      const socket = connect(Number(port), hostname);
      socket.on('connect', () => (open += 1));
      socket.on('error', () => undefined);
      socket.on('close', () => (refused += 1));
      onTestFinished(() => {
        socket.destroy();
      });
    }
    await waitFor(() => open === 305 && refused === 5);
  });

  test('refuses the 21st stream of an address until one ends', async () => {
    const simulator = await startSimulator();
    const streams = await Promise.all(
      Array.from({ length: 20 }, () => openStream(simulator, 'instruments=EUR_USD')),
    );
    expect(streams.map(({ status }) => status)).toEqual(Array<number>(20).fill(200));
    expect((await openStream(simulator, 'instruments=EUR_USD')).status).toBe(429);
    streams[0]?.close();
    let status = 0;
    while (status !== 200) {
      ({ status } = await openStream(simulator, 'instruments=EUR_USD'));
    }
  });

  test('ends its streams and connections when it is closed, twice as well as once', async () => {
    const simulator = await startSimulator();
    const stream = await openStream(simulator, 'instruments=EUR_USD');
    const { restUrl } = simulator;
    await Promise.all([simulator.close(), simulator.close()]);
    await waitFor(() => stream.ending !== undefined);
    await expect(ask(`${restUrl}/v3/accounts`)).rejects.toThrow(/ECONNREFUSED/);
  });

  test('rejects a start on a port that is taken and leaves nothing open', async () => {
    const first = await startSimulator();
    const streamPort = Number(new URL(first.streamUrl).port);
    const second = createOandaSimulator({ streamPort });
    await expect(second.start()).rejects.toMatchObject({ code: 'EADDRINUSE', port: streamPort });
    expect(() => second.restUrl).toThrow(/Expected the simulator to be started/);
  });
});
