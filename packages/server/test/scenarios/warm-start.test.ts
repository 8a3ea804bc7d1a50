import type { LiveCandle, PriceFields } from '@tickwire/protocol';
import { expect, onTestFinished, test } from 'vitest';
import { LiveSocket } from '../support/live-socket.ts';
import { startVenuesForTest } from '../support/simulated-venues.ts';
import { RecordingClient } from '../support/socket-io-client.ts';
import { createDirectoryForTest } from '../support/temporary-directory.ts';
import { type TestServer, startServerForTest } from '../support/test-server.ts';
import { candleText } from '../support/venue-candles.ts';
import { waitFor } from '../support/wait-for.ts';

const PAIRS = ['EUR_USD', 'GBP_USD', 'USD_JPY', 'EUR_GBP'];
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const SERIES = { instrument: 'BTCUSDT', interval: '1' } as const;
const TIMEOUT_MS = 120_000;

/** Clients of a server, closed with the test. */
async function connect(server: TestServer) {
  const prices = new RecordingClient(server.url, { reconnection: false });
  const candles = new LiveSocket(server.url, 'candles/BTCUSDT/1');
  onTestFinished(() => {
    prices.close();
    candles.socket.terminate();
  });
  await prices.request('subscribe', { pairs: '*' }, 'subscription_confirmed');
  return { prices, candles };
}

/** What a client was sent of a pair, as it came. */
function pricesOf(client: RecordingClient, pair: string) {
  return client.all('price_update').filter(({ instrument }) => instrument === pair);
}

/** The newest price of each pair that a client was sent; false while it lacks one. */
function newestPrices(client: RecordingClient): Record<string, PriceFields> | false {
  const newest: Record<string, PriceFields> = {};
  for (const pair of PAIRS) {
    const last = pricesOf(client, pair).at(-1);
    if (last === undefined) {
      return false;
    }
    newest[pair] = last.price;
  }
  return newest;
}

function snapshotOf(socket: LiveSocket): readonly LiveCandle[] | undefined {
  return socket.messages.flatMap((message) => ('candles' in message ? [message.candles] : []))[0];
}

function updatesOf(socket: LiveSocket): readonly LiveCandle[] {
  return socket.messages.flatMap((message) => ('candle' in message ? [message.candle] : []));
}

function isOver({ confirm }: LiveCandle): boolean {
  return confirm;
}

/** Candles that are over, those of the snapshot first. */
function toldBy(socket: LiveSocket): readonly LiveCandle[] {
  return [...(snapshotOf(socket) ?? []), ...updatesOf(socket)].filter(isOver);
}

test(
  'a server that was restarted knows what it knew, and goes on from there',
  async () => {
    const options = { startMs: Date.now() - 2 * HOUR_MS, speed: 60, weekend: 'open' } as const;
    const venues = await startVenuesForTest(options);
    const settings = {
      FEEDS: 'oanda,bybit',
      TRACKED_PAIRS: PAIRS.join(),
      BYBIT_SYMBOLS: 'BTCUSDT',
      BYBIT_TIMEFRAMES: '1',
      BACKFILL_DAYS: '0',
      DATA_DIR: await createDirectoryForTest(),
      ...venues.settings,
    };
    const first = await startServerForTest(settings);
    const before = await connect(first);
    await waitFor(() => newestPrices(before.prices), 'a price of each pair');
    await waitFor(() => updatesOf(before.candles).some(isOver), 'a candle');
    await first.close();
    await waitFor(() => before.prices.disconnects.length > 0, 'the last price');
    await before.candles.closed();
    await venues.leave();
    const known = toldBy(before.candles);

    const second = await startServerForTest(settings);
    const after = await connect(second);
    const answer = await after.prices.request(
      'request_all_prices',
      undefined,
      'all_prices_response',
    );
    expect(answer.prices).toEqual(newestPrices(before.prices));
    const snapshot = await waitFor(() => snapshotOf(after.candles), 'a snapshot');
    const past = snapshot.filter(isOver);
    expect(past.length).toBeGreaterThanOrEqual(99);
    expect(past).toEqual(known.slice(-past.length));
    const isDown = () => second.health().feeds.every(({ state }) => state === 'down');
    await waitFor(isDown, 'both feeds to be down');

    await venues.comeBack();
    await waitFor(() => updatesOf(after.candles).filter(isOver).length > 10, 'candles');
    await waitFor(() => {
      return PAIRS.every((pair) => pricesOf(after.prices, pair).length > 2);
    }, 'prices');
    const told = toldBy(after.candles);
    const starts = told.map(({ start }) => start);
    expect(starts).toEqual(starts.map((_, index) => (starts[0] ?? 0) + index * MINUTE_MS));
    const span = { from: starts[0] ?? 0, to: (told.at(-1)?.end ?? 0) + 1 };
    expect(told.map(candleText)).toEqual(await venues.candles(SERIES, span));
    expect(told.filter(({ revision }) => revision !== undefined)).toEqual([]);
    for (const pair of PAIRS) {
      const prices = pricesOf(after.prices, pair);
      // The first is the one of before, which was never numbered here.
      // The numbers of before go on: the first is that of the price that was known.
      const first = prices[0]?.seq ?? 0;
      expect(first).toBeGreaterThan(0);
      expect(prices.map(({ seq }) => seq)).toEqual(prices.map((_, index) => first + index));
      expect(prices[0]?.price).toEqual(answer.prices[pair]);
    }
  },
  TIMEOUT_MS,
);
