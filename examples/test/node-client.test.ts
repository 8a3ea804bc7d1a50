import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { FXDataPipelineClient } from '../node/fx-client.js';
import { CORRELATION_ALERT, DATA_READY, VOLATILITY_ALERT } from './support/alerts.ts';
import { type LineProgram, startLineProgram } from './support/line-program.ts';
import { type TestServer, startTestServer } from './support/test-server.ts';
import { waitFor } from '../../packages/server/test/support/wait-for.ts';

const PROGRAM = new URL('../node/fx-client.js', import.meta.url).pathname;
const QUICK = { reconnectionDelay: 20, reconnectionDelayMax: 50 };

interface Call {
  readonly handler: string;
  readonly args: readonly unknown[];
}

/** A client of the example that writes down which of its handlers are called, and with what. */
function createRecordingClient(url: string) {
  const calls: Call[] = [];
  const client = new FXDataPipelineClient(url, QUICK);
  for (const name of Object.getOwnPropertyNames(
    Object.getPrototypeOf(FXDataPipelineClient.prototype),
  )) {
    if (name.startsWith('on')) {
      Object.defineProperty(client, name, {
        value: (...args: readonly unknown[]) => calls.push({ handler: name, args }),
      });
    }
  }
  const next = async (handler: string): Promise<Call['args']> => {
    const call = await waitFor(() => calls.find((one) => one.handler === handler), handler);
    calls.splice(calls.indexOf(call), 1);
    return call.args;
  };
  return { client, calls, next };
}

let server: TestServer;
let recorded: ReturnType<typeof createRecordingClient>;
let program: LineProgram | undefined;

beforeEach(async () => {
  server = await startTestServer();
  recorded = createRecordingClient(server.url);
  recorded.client.connect();
  await recorded.next('onConnect');
});

afterEach(async () => {
  program?.kill();
  recorded.client.disconnect();
  await server.close();
});

describe('FXDataPipelineClient', () => {
  test('is welcomed with the pairs that the server tracks', async () => {
    const [welcome] = await recorded.next('onConnectionEstablished');
    expect(welcome).toMatchObject({ pair_count: 20, active_clients: 1 });
    expect(recorded.client.trackedPairs).toContain('EUR_USD');
  });

  test('subscribes, keeps the newest prices and says what is subscribed', async () => {
    const { client, next } = recorded;
    client.subscribe(['eur_usd', 'USD_JPY']);
    const [confirmed] = await next('onSubscriptionConfirmed');
    expect(confirmed).toMatchObject({ pairs: ['EUR_USD', 'USD_JPY'], subscribed_to_all: false });
    const [update] = await next('onPriceUpdate');
    expect(update).toMatchObject({ instrument: 'EUR_USD' });
    await waitFor(() => client.prices.has('USD_JPY'), 'a price of USD_JPY');

    client.getSubscriptions();
    const [info] = await next('onSubscriptionsInfo');
    expect(info).toMatchObject({ subscribed_pairs: ['EUR_USD', 'USD_JPY'], pair_count: 2 });
  });

  test('unsubscribes from one pair of all', async () => {
    const { client, next } = recorded;
    await next('onConnectionEstablished');
    client.subscribe('*');
    expect(await next('onSubscriptionConfirmed')).toMatchObject([{ subscribed_to_all: true }]);
    client.unsubscribe('EUR_USD');
    expect(await next('onUnsubscriptionConfirmed')).toMatchObject([{ pairs: ['EUR_USD'] }]);
    client.getSubscriptions();
    expect(await next('onSubscriptionsInfo')).toMatchObject([{ pair_count: 19 }]);
  });

  test('asks for one price, for all, for statistics and for a pong', async () => {
    const { client, next } = recorded;
    client.requestPrice('EUR_USD');
    expect(await next('onPriceResponse')).toMatchObject([{ instrument: 'EUR_USD' }]);
    client.requestAllPrices();
    expect(await next('onAllPricesResponse')).toMatchObject([{ pair_count: 20 }]);
    expect(client.prices.size).toBe(20);
    client.getServerStats();
    expect(await next('onServerStats')).toMatchObject([{ active_clients: 1, tracked_pairs: 20 }]);
    client.ping();
    const [, latencyMs] = await next('onPong');
    expect(latencyMs).toBeGreaterThan(0);
  });

  test('receives alerts of its pairs, and keeps them', async () => {
    const { client, next } = recorded;
    client.subscribe('EUR_USD');
    await next('onSubscriptionConfirmed');
    server.publish('volatility_alerts', VOLATILITY_ALERT);
    server.publish('correlation_alerts', CORRELATION_ALERT);
    server.publish('data_ready', DATA_READY);
    expect(await next('onVolatilityAlert')).toMatchObject([VOLATILITY_ALERT]);
    expect(await next('onCorrelationAlert')).toMatchObject([CORRELATION_ALERT]);
    expect(await next('onDataReady')).toMatchObject([DATA_READY]);
    expect(client.alerts).toMatchObject([VOLATILITY_ALERT, CORRELATION_ALERT]);
  });

  test('keeps no more than the newest hundred alerts', async () => {
    const { client, next } = recorded;
    client.subscribe('EUR_USD');
    await next('onSubscriptionConfirmed');
    for (let volatility = 1; volatility <= 120; volatility += 1) {
      server.publish('volatility_alerts', { ...VOLATILITY_ALERT, volatility });
    }
    await waitFor(() => {
      const last = client.alerts.at(-1);
      return last !== undefined && 'volatility' in last && last.volatility === 120;
    }, 'the last alert');
    expect(client.alerts).toHaveLength(100);
    expect(client.alerts[0]).toMatchObject({ volatility: 21 });
  });

  test('hands each error to its own handler', async () => {
    const { client, next } = recorded;
    client.subscribe(['EUR_USD', 'NO_PAIR']);
    expect(await next('onSubscriptionError')).toMatchObject([{ error: 'Invalid pairs: NO_PAIR' }]);
    client.unsubscribe([]);
    expect(await next('onUnsubscriptionError')).toMatchObject([{ error: 'Invalid request' }]);
    client.requestPrice('NO_PAIR');
    expect(await next('onPriceError')).toMatchObject([{ error: 'Invalid instrument: NO_PAIR' }]);
  });

  test('comes back after a restart of the server with the subscriptions that it had', async () => {
    const { client, calls, next } = recorded;
    client.subscribe(['EUR_USD', 'GBP_USD', 'USD_JPY']);
    client.subscribe(['AUD_USD', 'NO_PAIR']);
    client.unsubscribe('GBP_USD');
    await next('onUnsubscriptionConfirmed');
    await server.close();
    expect(await next('onServerError')).toMatchObject([{ error: 'Server is shutting down' }]);
    await next('onDisconnect');
    client.subscribe(['USD_CHF', 'OTHER_PAIR']);
    calls.length = 0;

    server = await startTestServer(server.port);
    await next('onConnect');
    expect(await next('onSubscriptionConfirmed')).toMatchObject([
      { pairs: ['EUR_USD', 'USD_JPY', 'USD_CHF'] },
    ]);
    expect(await next('onPriceUpdate')).toMatchObject([{ instrument: 'EUR_USD' }]);
  });

  test('waits for its turn where the server has no place left', async () => {
    const full = await startTestServer(0, { WEBSOCKET_MAX_CLIENTS: '1' });
    const first = createRecordingClient(full.url);
    const second = createRecordingClient(full.url);
    try {
      first.client.connect();
      await first.next('onConnect');
      second.client.connect();
      expect(await second.next('onError')).toMatchObject([{ message: 'Max clients reached' }]);
      first.client.disconnect();
      await second.next('onConnect');
    } finally {
      first.client.disconnect();
      second.client.disconnect();
      await full.close();
    }
  });

  test('tells of a server that is not there, and stays away once disconnected', async () => {
    const { client, next } = recorded;
    await server.close();
    // Or else another test's server may get the port, and take the client in.
    const nobody = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => nobody.listen(server.port, '127.0.0.1', resolve));
    onTestFinished(() => {
      nobody.close();
    });
    expect(await next('onError')).toMatchObject([{ error: 'Cannot connect' }]);
    client.disconnect();
    expect(client.isConnected).toBe(false);
  });
});

describe('fx-client.js', () => {
  test('prints prices until Ctrl-C, and then the newest of each', async () => {
    program = startLineProgram(process.execPath, [PROGRAM, server.url, 'EUR_USD', 'GBP_USD']);
    await program.waitForLine(/^Subscribed to 2 pairs: EUR_USD, GBP_USD$/);
    await program.waitForLine(/^GBP_USD +\d+\.\d+ \/ \d+\.\d+ /);
    server.publish('volatility_alerts', VOLATILITY_ALERT);
    await program.waitForLine(/^\[warning\] EUR_USD: Volatility \(0\.0234\) exceeded/);
    expect(await program.interrupt()).toBe(0);
    expect(program.lines.at(-1)).toMatch(/^GBP_USD +\S+ +\S+ +\S+ +\S+Z$/);
  });

  test('prints each kind of event without a handler of its own', async () => {
    program = startLineProgram(process.execPath, [PROGRAM, server.url, 'NO_PAIR', 'EUR_USD']);
    await program.waitForLine(/^Error: Invalid pairs: NO_PAIR/);
    await program.waitForLine(/^Subscribed to 1 pairs: EUR_USD$/);
    server.publish('correlation_alerts', CORRELATION_ALERT);
    server.publish('data_ready', DATA_READY);
    await program.waitForLine(
      /^\[info\] Correlation between EUR_USD and USD_JPY changed to -0.82$/,
    );
    await program.waitForLine(/^prices data updated \(20 records\)$/);
    expect(await program.interrupt()).toBe(0);
  });
});
