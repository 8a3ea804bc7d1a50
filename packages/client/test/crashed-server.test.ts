import type { ChannelsConfirmed, Health } from '@tickwire/protocol';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { type Child, runForTest } from '../../server/test/support/child.ts';
import {
  latestTradingMoment,
  startVenuesForTest,
} from '../../server/test/support/simulated-venues.ts';
import { createDirectoryForTest } from '../../server/test/support/temporary-directory.ts';
import { waitFor } from '../../server/test/support/wait-for.ts';
import { TickwireClient } from '../src/client.ts';
import { routeTo } from './support/route.ts';

const MINUTE_MS = 60_000;
const SYMBOLS = ['BTCUSDT', 'ETHUSDT'];
const PAIR = 'EUR_USD';
const WITHOUT_ALERTS = 'GBP_USD';
const TIMEOUT_MS = 180_000;
const STEP_MS = 60_000;

interface RunningServer {
  readonly child: Child;
  readonly url: string;
}

/** A server process on a directory; resolves once clients can connect. */
async function serve(settings: Readonly<Record<string, string>>): Promise<RunningServer> {
  const child = runForTest('serve-and-publish.js', JSON.stringify(settings));
  const port = await waitFor(
    () => {
      expect(child.isOver()).toBe(false);
      return child.lines[0];
    },
    'the port',
    STEP_MS,
  );
  return { child, url: `http://127.0.0.1:${port}` };
}

/** Publishes an alert by its number; resolves once the server has. */
async function publishAlert({ child }: RunningServer, number: number): Promise<void> {
  const rest = { volatility: number, threshold: 0.5, severity: 'warning' };
  const payload = { instrument: number % 2 === 0 ? PAIR : 'USD_JPY', ...rest };
  const line = JSON.stringify({ channel: 'volatility_alerts', payload });
  child.say(line);
  await waitFor(() => child.lines.includes(`published ${line}`), `alert ${number}`);
}

/** Resolves once the store of a server has all alerts that were published. */
async function untilSaved({ url }: RunningServer): Promise<void> {
  await waitFor(async () => {
    const { history } = (await (await fetch(`${url}/health`)).json()) as Health;
    return history?.waiting_alerts === 0;
  }, 'the store');
}

/** Under which a server numbers. */
async function epochOf({ url }: RunningServer): Promise<string> {
  const socket = new WebSocket(`${url}/api/v1/stream`);
  onTestFinished(() => {
    socket.terminate();
  });
  const answer = await new Promise<ChannelsConfirmed>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => {
      socket.send(JSON.stringify({ op: 'subscribe', channels: ['system'] }));
    });
    socket.on('message', (data: Buffer) => {
      resolve(JSON.parse(data.toString()) as ChannelsConfirmed);
    });
  });
  return answer.channels['system']?.epoch ?? '';
}

test(
  'a client has every confirmed candle and every alert once, however often the server crashes',
  async () => {
    const venues = await startVenuesForTest({
      startMs: latestTradingMoment(),
      speed: 120,
      weekend: 'closed',
    });
    const settings = {
      ...venues.settings,
      DATA_DIR: await createDirectoryForTest(),
      FEEDS: 'bybit',
      BYBIT_SYMBOLS: SYMBOLS.join(),
      BYBIT_TIMEFRAMES: '1',
      TRACKED_PAIRS: [PAIR, 'USD_JPY', WITHOUT_ALERTS].join(),
      BACKFILL_DAYS: '1',
      API_PORT: 'off',
      WEBSOCKET_PORT: 'off',
      API_HOST: '127.0.0.1',
      LIVE_PORT: '0',
      LOG_LEVEL: 'ERROR',
    };
    let server = await serve(settings);
    const epochs = [await epochOf(server)];
    const route = routeTo(server.url);
    const client = new TickwireClient({ url: server.url, WebSocket: route.WebSocket });
    onTestFinished(() => {
      client.close();
    });

    const gaps: unknown[] = [];
    const onGap = (gap: unknown): void => {
      gaps.push(gap);
    };
    const alerts: number[] = [];
    const subscriptions = ['alerts', `alerts:${PAIR}`, `alerts:${WITHOUT_ALERTS}`].map((name) =>
      client.subscribe(name as 'alerts', {
        onMessage: (alert) => 'volatility' in alert && alerts.push(alert.volatility),
        onGap,
      }),
    );
    const candles = new Map(
      SYMBOLS.map((symbol) => {
        const known = { first: NaN, starts: [] as number[] };
        const subscription = client.subscribe(`candles:${symbol}:1` as const, {
          confirmedOnly: true,
          onSnapshot: ({ candles: all }) => {
            const last = all.findLast(({ confirm }) => confirm);
            known.first = Number.isNaN(known.first)
              ? (last?.start ?? NaN) + MINUTE_MS
              : known.first;
          },
          onMessage: ({ candle }) => known.starts.push(candle.start),
          onGap,
        });
        subscriptions.push(subscription);
        return [symbol, known] as const;
      }),
    );
    const untilLive = async (): Promise<void> => {
      await waitFor(() => subscriptions.every(({ isLive }) => isLive), 'the client', STEP_MS);
    };
    /** Resolves when so many more candles of each symbol have come. */
    const untilMore = async (count: number): Promise<void> => {
      const before = new Map(
        Array.from(candles, ([symbol, { starts }]) => [symbol, starts.length]),
      );
      await waitFor(
        () =>
          Array.from(candles).every(
            ([symbol, { starts }]) => starts.length >= (before.get(symbol) ?? 0) + count,
          ),
        'candles',
        STEP_MS,
      );
    };

    let published = 0;
    const publish = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index += 1) {
        published += 1;
        await publishAlert(server, published);
      }
    };
    const crash = async (): Promise<void> => {
      await server.child.kill();
      server = await serve(settings);
      epochs.push(await epochOf(server));
      route.url = server.url;
    };
    const all = (): number[] => Array.from({ length: published }, (_, index) => index + 1);

    // Before there was any alert.
    await untilLive();
    await untilMore(2);
    await crash();
    await untilLive();
    // What it has been handed out may not be saved yet.
    await publish(5);
    await waitFor(() => alerts.length === published, 'the alerts');
    await crash();
    await untilLive();
    await untilMore(2);
    // What is saved may not have been handed out.
    route.cut();
    await publish(7);
    await untilSaved(server);
    await crash();
    await untilLive();
    await waitFor(() => alerts.length === published, 'the alerts that were missed');
    await publish(2);
    await waitFor(() => alerts.length >= published, 'the last alerts');
    await untilMore(5);

    expect(alerts).toEqual(all());
    for (const { first, starts } of candles.values()) {
      expect(starts).toEqual(starts.map((_, index) => first + index * MINUTE_MS));
    }
    expect(gaps).toEqual([]);
    expect(new Set(epochs).size).toBe(4);
  },
  TIMEOUT_MS,
);
