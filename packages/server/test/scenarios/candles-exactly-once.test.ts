import type { LiveCandle, LiveMessage } from '@tickwire/protocol';
import { createBybitSimulator } from '@tickwire/simulator';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LiveSocket } from '../support/live-socket.ts';
import { startServerForTest } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';

const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'];
const TIMEFRAMES = ['1', '5', '15'];
const CLIENTS = 10;
const MINUTE_MS = 60_000;
const TIMEOUT_MS = 60_000;

/** A venue three hours behind that runs 60 times as fast, and a server that follows it. */
async function start() {
  const simulator = createBybitSimulator({ startOffsetMs: -10_800_000, speed: 60 });
  await simulator.start();
  onTestFinished(() => simulator.close());
  const server = await startServerForTest({
    FEEDS: 'bybit',
    BYBIT_WS_URL: simulator.wsUrl,
    BYBIT_REST_URL: simulator.restUrl,
  });
  const sockets = SYMBOLS.flatMap((symbol) =>
    TIMEFRAMES.flatMap((timeframe) =>
      Array.from({ length: CLIENTS }, () => {
        const socket = new LiveSocket(server.url, `candles/${symbol}/${timeframe}`);
        onTestFinished(() => {
          socket.socket.terminate();
        });
        return { symbol, timeframe, socket };
      }),
    ),
  );
  await Promise.all(sockets.map(({ socket }) => socket.message(1)));
  return { simulator, server, sockets };
}

/** All candles that a client was sent, those of the snapshot first. */
function candlesOf(messages: readonly LiveMessage[]): readonly LiveCandle[] {
  return messages.flatMap((message) => {
    if ('candles' in message) {
      return message.candles;
    }
    return 'candle' in message ? [message.candle] : [];
  });
}

/** What is wrong with the candles that a client was sent; empty where nothing is. */
function faultsOf(candles: readonly LiveCandle[], widthMs: number): readonly string[] {
  const faults: string[] = [];
  let last: number | undefined;
  for (const { start, confirm, revision } of candles) {
    const expected = last === undefined ? start : last + widthMs;
    if (revision !== undefined) {
      faults.push(`${start} was revised`);
    } else if (start !== expected) {
      faults.push(`${confirm ? 'confirmed' : 'unconfirmed'} ${start} in the place of ${expected}`);
    }
    last = confirm ? start : last;
  }
  return faults;
}

async function klines(restUrl: string, symbol: string, interval: string): Promise<string[]> {
  const query = new URLSearchParams({ category: 'linear', symbol, interval, limit: '1000' });
  const response = await fetch(`${restUrl}/v5/market/kline?${query}`);
  const { result } = (await response.json()) as { result: { list: string[][] } };
  return result.list.map((row) => row.join());
}

/** Follows until the venue's clock has gone on, and compares what came with the venue's history. */
async function expectEveryCandleOnce(
  { simulator, sockets }: Awaited<ReturnType<typeof start>>,
  minutes: number,
): Promise<void> {
  const [{ socket: witness }] = sockets as [(typeof sockets)[number]];
  const isConfirmedUpdate = (text: string): boolean =>
    text.startsWith('{"type":"update"') && text.includes('"confirm":true');
  await waitFor(
    () => witness.texts.filter(isConfirmedUpdate).length >= minutes,
    `${minutes} candles`,
    TIMEOUT_MS,
  );
  for (const { symbol, timeframe, socket } of sockets) {
    const candles = candlesOf(socket.messages);
    expect(faultsOf(candles, Number(timeframe) * MINUTE_MS), `${symbol} ${timeframe}`).toEqual([]);
    expect(socket.closedWith).toBeUndefined();
  }
  for (const symbol of SYMBOLS) {
    const told = sockets
      .filter((each) => each.symbol === symbol && each.timeframe === '1')
      .map(({ socket }) =>
        candlesOf(socket.messages)
          .filter(({ confirm }) => confirm)
          .map(({ start, open, high, low, close, volume, turnover }) =>
            [start, open, high, low, close, volume, turnover].join(),
          ),
      );
    // Asked afterwards: of a candle that was told meanwhile it might not have the end yet.
    const history = await klines(simulator.restUrl, symbol, '1');
    expect(told.flat().filter((row) => !history.includes(row))).toEqual([]);
  }
}

describe('each candle arrives confirmed exactly once, in order, at every client', () => {
  test(
    'though the venue closes the socket by force again and again',
    async () => {
      const running = await start();
      running.simulator.faults.set({ fault: 'close-every', everyMs: 3_000 });
      await expectEveryCandleOnce(running, 15);
    },
    TIMEOUT_MS,
  );

  test(
    'after an outage whose candles come from REST',
    async () => {
      const running = await start();
      const { simulator, server } = running;
      simulator.faults.set({ fault: 'drop', mode: 'reset', forMs: 4_000 });
      await waitFor(() => server.health().feeds[0]?.state === 'down', 'the outage');
      await waitFor(() => server.health().feeds[0]?.state === 'live', 'the end of the outage');
      await expectEveryCandleOnce(running, 12);
    },
    TIMEOUT_MS,
  );
});

test('a venue that refuses one topic of nine feeds the other eight, and health names the ninth', async () => {
  const simulator = createBybitSimulator();
  await simulator.start();
  onTestFinished(() => simulator.close());
  simulator.faults.set({ fault: 'refuse-topic', topic: 'kline.5.ETHUSDT' });
  const server = await startServerForTest({
    FEEDS: 'bybit',
    BYBIT_WS_URL: simulator.wsUrl,
    BYBIT_REST_URL: simulator.restUrl,
  });
  const others = SYMBOLS.flatMap((symbol) =>
    TIMEFRAMES.map((timeframe) => `candles/${symbol}/${timeframe}`),
  ).filter((path) => path !== 'candles/ETHUSDT/5');
  const sockets = others.map((path) => new LiveSocket(server.url, path));
  onTestFinished(() => {
    sockets.forEach(({ socket }) => {
      socket.terminate();
    });
  });
  await Promise.all(sockets.map((socket) => socket.message(2)));
  expect(server.health()).toMatchObject({
    status: 'degraded',
    feeds: [
      {
        venue: 'bybit',
        category: 'linear',
        state: 'live',
        instruments: [
          {
            instrument: 'ETHUSDT',
            channel: 'candles:ETHUSDT:5',
            state: 'down',
            reason: 'Bybit refused kline.5.ETHUSDT: error:handler not found,topic:kline.5.ETHUSDT',
          },
        ],
      },
    ],
  });
});
