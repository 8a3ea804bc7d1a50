import { type Environment, type Server, createServer } from '@tickwire/server';
import { onTestFinished, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { candleOf } from '../../server/test/support/live-events.ts';
import { createLog } from '../../server/test/support/channel-log.ts';
import { startLiveGateway } from '../../server/test/support/live-gateway.ts';
import { startCountingProxy } from '../../server/test/support/counting-proxy.ts';
import { createDirectoryForTest } from '../../server/test/support/temporary-directory.ts';
import { waitFor } from '../../server/test/support/wait-for.ts';
import { type TickwireClientOptions, TickwireClient } from '../src/client.ts';
import type { Clock } from '../src/clock.ts';
import { recorder } from './support/events.ts';
import { routeTo } from './support/route.ts';

const PRICE = 'price:EUR_USD';

interface Running {
  readonly url: string;
  readonly port: number;
  readonly server: Server;
}

/** A real server without venues, on a port; closed when the current test has finished. */
async function startServer(port = 0, settings: Environment = {}): Promise<Running> {
  const server = createServer({
    DATA_DIR: 'none',
    FEEDS: 'none',
    API_PORT: 'off',
    WEBSOCKET_PORT: 'off',
    LIVE_PORT: String(port),
    API_HOST: '127.0.0.1',
    WEBSOCKET_HOST: '127.0.0.1',
    LOG_LEVEL: 'ERROR',
    ...settings,
  });
  onTestFinished(() => server.close());
  await server.start();
  const bound = server.listening[0]?.boundPort ?? 0;
  return { url: `http://127.0.0.1:${bound}`, port: bound, server };
}

/** Waits of seconds pass in milliseconds. */
const hurried: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  schedule(ms, callback) {
    const timer = setTimeout(callback, ms / 100);
    return {
      cancel: () => {
        clearTimeout(timer);
      },
    };
  },
};

function connect(url: string, options: Partial<TickwireClientOptions> = {}): TickwireClient {
  const client = new TickwireClient({ url, WebSocket, clock: hurried, ...options });
  onTestFinished(() => {
    client.close();
  });
  return client;
}

function publishPrice({ server }: Running, bid: number): void {
  server.publish('price_updates', { instrument: 'EUR_USD', bid, ask: 100_000 });
}

function publishAlert({ server }: Running, volatility: number): void {
  const alert = { instrument: 'EUR_USD', volatility, threshold: 0.02, severity: 'warning' };
  server.publish('volatility_alerts', alert);
}

describe('a client of a real server', () => {
  test('has every message once and in order, however often it is cut off', async () => {
    const running = await startServer();
    const proxy = await startCountingProxy(running.url);
    onTestFinished(() => proxy.close());
    const client = connect(proxy.url);
    const prices: number[] = [];
    const alerts: number[] = [];
    const gaps: unknown[] = [];
    let recovered = 0;
    const subscription = client.subscribe(PRICE, {
      onMessage: ({ price }) => prices.push(Number(price.bid)),
      onRecovered: () => (recovered += 1),
      onGap: (gap) => gaps.push(gap),
    });
    for (const name of ['alerts', 'alerts:EUR_USD'] as const) {
      client.subscribe(name, {
        onMessage: (alert) => 'volatility' in alert && alerts.push(alert.volatility),
        onGap: (gap) => gaps.push(gap),
      });
    }
    await waitFor(() => subscription.isLive, 'the subscription');
    const expected: number[] = [];
    publishPrice(running, 1);
    await waitFor(() => prices.length > 0, 'the first price');
    expected.push(1);
    for (let cut = 0; cut < 20; cut += 1) {
      for (let index = 0; index < 50; index += 1) {
        const next = expected.length + 1;
        expected.push(next);
        publishPrice(running, next);
        publishAlert(running, next);
        if (index === (cut * 7) % 50) {
          proxy.drop();
        }
        if (index % 10 === 0) {
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
      await waitFor(() => recovered > cut, 'the client to come back');
    }
    await waitFor(() => prices.length >= expected.length, 'all prices');
    await waitFor(() => alerts.length >= expected.length - 1, 'all alerts');
    expect(prices).toEqual(expected);
    expect(alerts).toEqual(expected.slice(1));
    expect(gaps).toEqual([]);
  });

  test('goes on where it was after the server was restarted in order', async () => {
    const settings = { DATA_DIR: await createDirectoryForTest() };
    const running = await startServer(0, settings);
    const { lines, handlers } = recorder();
    const client = connect(running.url);
    const subscription = client.subscribe(PRICE, handlers);
    await waitFor(() => subscription.isLive, 'the subscription');
    publishPrice(running, 1);
    await waitFor(() => lines.length > 0, 'the first price');
    await running.server.close();
    const again = await startServer(running.port, settings);
    publishPrice(again, 2);
    await waitFor(() => lines.at(-1)?.endsWith(': 2'), 'the price after the restart');
    expect(lines.at(-2)).toMatch(/^recovered 2-[12]$/);
    expect(lines.filter((line) => line.startsWith('gap'))).toEqual([]);
  });

  test('is told of a gap, and gets the state, from a server that knows nothing any more', async () => {
    const running = await startServer();
    const { lines, handlers } = recorder();
    const client = connect(running.url);
    const subscription = client.subscribe(PRICE, handlers);
    await waitFor(() => subscription.isLive, 'the subscription');
    publishPrice(running, 1);
    await waitFor(() => lines.length > 0, 'the first price');
    await running.server.close();
    const again = await startServer(running.port);
    publishPrice(again, 5);
    await waitFor(() => lines.includes('snapshot 5') || lines.at(-1) === '1: 5', 'the price');
    expect(lines.slice(1, 2)).toEqual(['gap 2-?']);
    publishPrice(again, 6);
    await waitFor(() => lines.at(-1) === '2: 6', 'the next price');
    expect(client.subscriptions).toEqual([PRICE]);
  });

  test('is told of a gap where it was away too long', async () => {
    const running = await startServer(0, { HISTORY_SIZE: '5' });
    const proxy = await startCountingProxy(running.url);
    onTestFinished(() => proxy.close());
    const { lines, handlers } = recorder();
    const client = connect(proxy.url, { random: () => 0.9 });
    const subscription = client.subscribe(PRICE, handlers);
    await waitFor(() => subscription.isLive, 'the subscription');
    publishPrice(running, 1);
    await waitFor(() => lines.length === 1, 'the first price');
    proxy.drop();
    for (let bid = 2; bid <= 8; bid += 1) {
      publishPrice(running, bid);
    }
    await waitFor(() => lines.includes('snapshot 8'), 'the state');
    publishPrice(running, 9);
    await waitFor(() => lines.at(-1) === '9: 9', 'the next price');
    expect(lines.slice(1)).toEqual(['gap 2-8', 'snapshot 8', '9: 9']);
  });

  test('has every confirmed candle once and in order from a server that numbers anew', async () => {
    const first = await startLiveGateway();
    const confirm = (gateway: typeof first, from: number, to: number): void => {
      for (let index = from; index <= to; index += 1) {
        gateway.publish(candleOf(index, { isConfirmed: true }));
      }
    };
    confirm(first, 0, 9);
    const route = routeTo(first.url);
    const client = connect(first.url, { WebSocket: route.WebSocket });
    const starts: number[] = [];
    const told: unknown[] = [];
    const subscription = client.subscribe('candles:BTCUSDT:1', {
      history: 5,
      confirmedOnly: true,
      onSnapshot: ({ candles }) => told.push(candles.length),
      onMessage: ({ candle }) => starts.push(candle.start),
      onGap: (gap) => told.push(gap),
    });
    await waitFor(() => subscription.isLive, 'the subscription');
    confirm(first, 10, 12);
    await waitFor(() => starts.length === 3, 'the first candles');
    const second = await startLiveGateway({ log: createLog('second') });
    confirm(second, 0, 5);
    confirm(second, 6, 12);
    route.url = second.url;
    await first.closeGateway();
    await waitFor(() => subscription.isLive, 'the subscription after the restart');
    confirm(second, 13, 20);
    await waitFor(() => starts.length === 11, 'the next candles');
    const third = await startLiveGateway({ log: createLog('third') });
    confirm(third, 0, 60);
    route.url = third.url;
    await second.closeGateway();
    await waitFor(() => starts.length >= 51, 'the missed candles');
    confirm(third, 61, 61);
    await waitFor(() => starts.length >= 52, 'the last candle');
    expect(starts).toEqual(Array.from({ length: 52 }, (_, index) => candleOf(10 + index).start));
    expect(told).toEqual([5, 5, 40]);
  });

  test('is told which channels there are not, and follows the others', async () => {
    const running = await startServer();
    const [none, some] = [recorder(), recorder()];
    const client = connect(running.url);
    client.subscribe('price:NO_PE', none.handlers);
    client.subscribe('candles:EUR_USD:3', none.handlers);
    const subscription = client.subscribe(PRICE, some.handlers);
    await waitFor(() => none.lines.length === 2, 'the refusals');
    expect(none.lines.sort()).toEqual([
      'error INVALID_SYMBOL final',
      'error INVALID_TIMEFRAME final',
    ]);
    expect(subscription.isLive).toBe(true);
    publishPrice(running, 1);
    await waitFor(() => some.lines.at(-1) === '1: 1', 'a price');
  });

  test('comes back later from a server that is full', async () => {
    const running = await startServer(0, { WEBSOCKET_MAX_CLIENTS: '1' });
    const first = connect(running.url);
    await first.connect();
    await waitFor(() => running.server.health().active_clients === 1, 'the first client');
    const reasons: unknown[] = [];
    const second = connect(running.url, {
      onState: (_, { error }) => error && reasons.push(error.code),
    });
    const { lines, handlers } = recorder();
    const subscription = second.subscribe(PRICE, handlers);
    await waitFor(() => reasons.length > 0, 'the refusal');
    expect(reasons[0]).toBe('MAX_CLIENTS');
    first.close();
    await waitFor(() => second.state === 'connected', 'room');
    await waitFor(() => subscription.isLive, 'the subscription');
    publishPrice(running, 1);
    await waitFor(() => lines.some((line) => line.endsWith(' 1')), 'a price');
  });
});
