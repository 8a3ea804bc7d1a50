import type { LiveCandle } from '@tickwire/protocol';
import { createBybitSimulator } from '@tickwire/simulator';
import { type Environment, type Server, createServer } from '@tickwire/server';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import {
  type TestRedis,
  describeWithRedis,
  startRedisForTest,
} from '../../server/test/support/redis.ts';
import { waitFor } from '../../server/test/support/wait-for.ts';
import { TickwireClient } from '../src/client.ts';

/** Some of each second a candle ends, so that a test sees many. */
const SPEED = 60;
const SYMBOLS = ['BTCUSDT', 'ETHUSDT'];
const CLIENTS = 8;
const MINUTE_MS = 60_000;
const TIMEOUT_MS = 120_000;

const SETTINGS: Environment = {
  API_HOST: '127.0.0.1',
  API_PORT: '0',
  WEBSOCKET_PORT: 'off',
  LIVE_PORT: 'off',
  DATA_DIR: 'none',
  LOG_LEVEL: 'CRITICAL',
};

interface Cluster {
  readonly redis: TestRedis;
  readonly ingest: Server;
  readonly gateways: readonly string[];
}

async function startOne(settings: Environment): Promise<{ server: Server; url: string }> {
  const server = createServer({ ...SETTINGS, ...settings });
  onTestFinished(() => server.close());
  await server.start();
  return { server, url: `http://127.0.0.1:${server.listening[0]?.boundPort}` };
}

/** One process that follows a venue and two that have clients, on one Redis. */
async function startCluster(): Promise<Cluster> {
  const redis = await startRedisForTest({ isDurable: true });
  const simulator = createBybitSimulator({ startOffsetMs: -10_800_000, speed: SPEED });
  await simulator.start();
  onTestFinished(() => simulator.close());
  const shared = { REDIS_URL: redis.url, BYBIT_SYMBOLS: SYMBOLS.join(), BYBIT_TIMEFRAMES: '1' };
  const { server: ingest } = await startOne({
    ...shared,
    ROLES: 'ingest',
    FEEDS: 'bybit',
    BYBIT_WS_URL: simulator.wsUrl,
    BYBIT_REST_URL: simulator.restUrl,
  });
  const gateway = { ...shared, ROLES: 'gateway,api' };
  const [first, second] = [await startOne(gateway), await startOne(gateway)];
  return { redis, ingest, gateways: [first.url, second.url] };
}

/** A client that comes back to another gateway each time, and all that it was handed. */
class Wanderer {
  readonly candles = new Map<string, number[]>();
  readonly alerts: number[] = [];
  readonly gaps: string[] = [];
  readonly faults: string[] = [];
  recoveries = 0;
  prices = 0;
  readonly #sockets: WebSocket[] = [];

  constructor(gateways: readonly string[]) {
    const sockets = this.#sockets;
    let connections = Math.floor(Math.random() * gateways.length);
    const client = new TickwireClient({
      url: gateways[0] ?? '',
      WebSocket: class extends WebSocket {
        constructor() {
          connections += 1;
          super(`${gateways[connections % gateways.length]}/api/v1/stream`);
          sockets.push(this);
        }
      },
    });
    onTestFinished(() => {
      client.close();
    });
    for (const symbol of SYMBOLS) {
      this.#follow(client, `candles:${symbol}:1`);
    }
    client.subscribe('alerts', {
      onMessage: (data) => this.alerts.push('volatility' in data ? data.volatility : NaN),
      onGap: (gap) => this.gaps.push(`alerts ${JSON.stringify(gap)}`),
    });
    client.subscribe('price:EUR_USD', { onMessage: () => (this.prices += 1) });
  }

  cut(): void {
    this.#sockets.at(-1)?.terminate();
  }

  #follow(client: TickwireClient, channel: string): void {
    const starts: number[] = [];
    this.candles.set(channel, starts);
    const take = ({ start, confirm }: LiveCandle): void => {
      const last = starts.at(-1);
      if (confirm && last !== undefined && start !== last + MINUTE_MS) {
        this.faults.push(`${channel}: ${start} after ${last}`);
      }
      if (confirm) {
        starts.push(start);
      }
    };
    client.subscribe(channel, {
      history: 3,
      onSnapshot: ({ candles = [] }) => {
        if (starts.length === 0) {
          candles.forEach(take);
        }
      },
      onMessage: (data) => {
        if ('candle' in data) {
          take(data.candle);
        }
      },
      onGap: (gap) => this.gaps.push(`${channel} ${JSON.stringify(gap)}`),
      onRecovered: () => (this.recoveries += 1),
    });
  }
}

/** Alerts as other programs' would come, numbered, for as long as a test lasts. */
function publishAlerts({ ingest }: Cluster): { readonly count: number } {
  const published = { count: 0 };
  const timer = setInterval(() => {
    published.count += 1;
    const [volatility, threshold] = [published.count, 0.02];
    const alert = { instrument: 'EUR_USD', volatility, threshold, severity: 'warning' };
    ingest.publish('volatility_alerts', alert);
    ingest.publish('price_updates', { instrument: 'EUR_USD', bid: '1.1', ask: '1.2' });
  }, 50);
  onTestFinished(() => {
    clearInterval(timer);
  });
  return published;
}

/** Every client has had so many more candles of each channel, and all alerts until now. */
async function expectMore(
  clients: readonly Wanderer[],
  alerts: { readonly count: number },
  candles: number,
): Promise<void> {
  const wanted = clients.map((client) =>
    Array.from(client.candles.values(), (starts) => starts.length + candles),
  );
  const until = alerts.count;
  await waitFor(
    () =>
      clients.every(
        (client, index) =>
          (client.alerts.at(-1) ?? 0) >= until &&
          Array.from(client.candles.values()).every(
            (starts, at) => starts.length >= (wanted[index]?.[at] ?? 0),
          ),
      ),
    `${candles} more candles and alert ${until} at every client`,
    TIMEOUT_MS,
  );
}

function expectEverythingOnce(clients: readonly Wanderer[]): void {
  for (const client of clients) {
    const { alerts, faults } = client;
    const [first = 0] = alerts;
    expect(faults).toEqual([]);
    expect(alerts).toEqual(alerts.map((_, index) => first + index));
  }
}

/** Clients that have something of everything already. */
async function startAll() {
  const cluster = await startCluster();
  const clients = Array.from({ length: CLIENTS }, () => new Wanderer(cluster.gateways));
  const alerts = publishAlerts(cluster);
  await expectMore(clients, alerts, 1);
  return { ...cluster, clients, alerts };
}

const isDown = ({ ingest }: Cluster) => ingest.health().status === 'unhealthy';

describeWithRedis('several processes on one Redis', () => {
  test(
    'clients that come back to any gateway have everything once, also over a crash of Redis',
    async () => {
      const all = await startAll();
      const { redis, clients, alerts } = all;
      for (let round = 0; round < 3; round += 1) {
        clients.forEach((client) => {
          client.cut();
        });
        await expectMore(clients, alerts, 1);
      }
      await redis.kill();
      await waitFor(() => isDown(all), 'a health that says so');
      clients[0]?.cut();
      await redis.restart({ keepsData: true });
      await expectMore(clients, alerts, 2);
      expectEverythingOnce(clients);
      expect(clients.flatMap(({ gaps }) => gaps)).toEqual([]);
      expect(Math.min(...clients.map(({ recoveries }) => recoveries))).toBeGreaterThanOrEqual(6);
    },
    TIMEOUT_MS,
  );

  test(
    'a Redis that has lost its data costs no candle, and prices come again',
    async () => {
      const all = await startAll();
      const { redis, clients, alerts } = all;
      await redis.kill();
      await waitFor(() => isDown(all), 'a health that says so');
      await redis.restart({ keepsData: false });
      const before = clients.map(({ prices }) => prices);
      await waitFor(
        () => clients.every(({ prices }, index) => prices > (before[index] ?? 0)),
        'a price at every client',
      );
      await expectMore(clients, alerts, 2);
      expect(clients.flatMap(({ faults }) => faults)).toEqual([]);
    },
    TIMEOUT_MS,
  );
});
