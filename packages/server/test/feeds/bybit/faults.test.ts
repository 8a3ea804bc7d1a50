import { formatChannel } from '@tickwire/protocol';
import type { FaultCommand } from '@tickwire/simulator';
import { describe, expect, test } from 'vitest';
import type { BybitChannel } from '../../../src/feeds/bybit/topics.ts';
import { waitFor } from '../../support/wait-for.ts';
import { type SupervisedFeed, startSupervised } from './supervised-feed.ts';

const BTC = { instrument: 'BTCUSDT' };
const CHANNELS: BybitChannel[] = [
  { kind: 'candles', interval: '1', ...BTC },
  { kind: 'trades', ...BTC },
  { kind: 'ticker', ...BTC },
  { kind: 'orderbook', ...BTC },
];
const NAMES = CHANNELS.map(formatChannel);

async function startLive(speed?: number): Promise<SupervisedFeed> {
  const venue = await startSupervised({
    channels: CHANNELS,
    ...(speed === undefined ? {} : { speed }),
  });
  venue.start();
  await venue.untilNews(NAMES);
  await venue.untilState('live');
  return venue;
}

/** Whether every change of a book follows the state before it, and none comes before a snapshot. */
function expectUnbrokenBook({ events }: SupervisedFeed, instrument = 'BTCUSDT'): void {
  let last: number | undefined;
  for (const event of events) {
    if (event.type === 'orderBook' && event.instrument === instrument) {
      expect(event.isSnapshot || event.updateId === (last ?? NaN) + 1).toBe(true);
      last = event.updateId;
    }
  }
  expect(last).toBeDefined();
}

describe('Bybit feed under faults', () => {
  const ends: [FaultCommand, RegExp][] = [
    [
      { fault: 'drop', mode: 'reset', forMs: 300 },
      /connection to Bybit broke|cannot be reached|1006/,
    ],
    [{ fault: 'drop', mode: 'end', forMs: 300 }, /Bybit closed the connection \(1001\)/],
    [{ fault: 'stall' }, /Nothing from Bybit for 28 s|No answer from Bybit/],
  ];
  test.each(ends)('$fault $mode: is down, says why, and comes back', async (fault, reason) => {
    const venue = await startLive();
    venue.simulator.faults.set(fault);
    const { rejected_frames: rejected } = await venue.untilState('down', reason);
    expect(rejected).toBe(0);
    venue.simulator.faults.clear();
    await venue.untilState('live');
    await venue.untilNews(NAMES);
    expectUnbrokenBook(venue);
  });

  const refusals: [FaultCommand, RegExp][] = [
    [{ fault: 'too-many-requests' }, /^Bybit answered 429 to the handshake$/],
    [{ fault: 'unavailable' }, /^Bybit answered 503 to the handshake$/],
    [{ fault: 'slow', delayMs: 2_000 }, /^No answer from Bybit to the handshake$/],
  ];
  test.each(refusals)('$fault at reconnecting: says so, and comes back', async (fault, reason) => {
    const venue = await startLive();
    venue.simulator.faults.set(fault);
    venue.simulator.faults.set({ fault: 'drop' });
    await venue.untilState('down', reason);
    venue.simulator.faults.clear();
    await venue.untilNews(NAMES);
    await venue.untilState('live');
  });

  test('a refusal of 403 is not tried again within ten minutes', async () => {
    const venue = await startLive(600);
    // Until it is seen: at this speed a busy machine may be too late to hear the first answer.
    venue.simulator.faults.set({ fault: 'unauthorized' });
    venue.simulator.faults.set({ fault: 'drop' });
    await venue.untilState('down', /^Bybit answered 403 to the handshake$/);
    venue.simulator.faults.clear();
    const refusedAt = venue.clock.elapsed();
    await venue.untilNews(['trades:BTCUSDT']);
    expect(venue.clock.elapsed() - refusedAt).toBeGreaterThanOrEqual(600_000);
  });

  test.each([
    [{ fault: 'too-many-requests' }, /: Bybit answered 10006: Too many visits/],
    [{ fault: 'unavailable' }, /: Bybit answered 503$/],
  ] as [FaultCommand, RegExp][])(
    '$fault of history: the channel that needs it waits, says so, and misses nothing',
    async (fault, reason) => {
      const venue = await startLive(60);
      const late: BybitChannel = { kind: 'candles', interval: '3', instrument: 'ETHUSDT' };
      venue.simulator.faults.set(fault);
      venue.feed.want(late);
      const { instruments } = await venue.until(
        (health) => health.instruments?.length === 1,
        'the channel to be behind',
      );
      expect(instruments).toMatchObject([
        { instrument: 'ETHUSDT', channel: 'candles:ETHUSDT:3', state: 'down' },
      ]);
      expect(instruments?.[0]?.reason).toMatch(/^Waits for candles that were missed: /);
      expect(instruments?.[0]?.reason).toMatch(reason);
      await venue.untilNews(['candles:BTCUSDT:1', 'trades:BTCUSDT'], 3);
      expect(venue.newest(formatChannel(late))).toEqual([]);
      venue.simulator.faults.clear();
      await venue.until((health) => health.instruments === undefined, 'the channel');
      await venue.untilNews([formatChannel(late)]);
      expect(venue.newest(formatChannel(late)).length).toBeGreaterThan(150);
      expect(venue.supervisor.health().state).toBe('live');
    },
  );

  test('malformed frames change nothing but a counter', async () => {
    const venue = await startLive();
    const before = venue.supervisor.health();
    venue.simulator.faults.set({ fault: 'malformed', every: 3 });
    await venue.until((health) => health.rejected_frames > 10, 'rejected frames');
    await venue.untilNews(NAMES);
    expect(venue.supervisor.health()).toMatchObject({ state: 'live', since: before.since });
    expectUnbrokenBook(venue);
  });

  const bookFaults = ['sequence-gap', 'restart-book', 're-snapshot'] as const;
  test.each(bookFaults)('%s: the book is never broken, and goes on', async (fault) => {
    const venue = await startLive();
    const from = venue.events.length;
    venue.simulator.faults.set({ fault, topic: 'orderbook.50.BTCUSDT' });
    const isSnapshot = (event: SupervisedFeed['events'][number]): boolean =>
      event.type === 'orderBook' && event.isSnapshot;
    await waitFor(() => venue.events.slice(from).some(isSnapshot), 'a snapshot');
    await venue.untilNews(NAMES, 3);
    expectUnbrokenBook(venue);
    expect(venue.supervisor.health().instruments).toBeUndefined();
  });

  test('a gap time and again is met by a snapshot time and again', async () => {
    const venue = await startLive();
    const snapshots = (): number =>
      venue.events.filter((event) => event.type === 'orderBook' && event.isSnapshot).length;
    for (let gap = 1; gap <= 4; gap += 1) {
      const before = snapshots();
      venue.simulator.faults.set({ fault: 'sequence-gap' });
      await waitFor(() => snapshots() > before, `snapshot ${gap}`);
    }
    expectUnbrokenBook(venue);
  });

  test('changes that come before their snapshot are not shown', async () => {
    const venue = await startSupervised({ channels: CHANNELS });
    venue.simulator.faults.set({ fault: 'delta-first', count: 2 });
    venue.start();
    await venue.untilNews(NAMES, 2);
    expect(venue.simulator.faults.list()).toEqual([]);
    expectUnbrokenBook(venue);
    expect(venue.supervisor.health().rejected_frames).toBe(0);
  });
});

describe('Bybit candles over a connection that breaks all the time', () => {
  test('are all there, once, in order, and as the venue has them', async () => {
    const venue = await startSupervised({ channels: CHANNELS, speed: 120 });
    venue.start();
    await venue.untilNews(NAMES);
    venue.simulator.faults.set({ fault: 'close-every', everyMs: 400 });
    const confirmed = () => venue.candles.filter(({ isConfirmed }) => isConfirmed);
    await waitFor(() => confirmed().length >= 8, 'eight minutes');
    venue.simulator.faults.clear();
    await waitFor(() => confirmed().length >= 11, 'three minutes more');

    const told = confirmed();
    const [first, last] = [told[0]!.start, told.at(-1)!.start];
    const query = `category=linear&symbol=BTCUSDT&interval=1&start=${first}&end=${last}`;
    const response = await fetch(`${venue.simulator.restUrl}/v5/market/kline?${query}`);
    const { result } = (await response.json()) as { result: { list: string[][] } };
    expect(
      told.map(({ start, open, high, low, close, volume, turnover }) => [
        String(start), open, high, low, close, volume, turnover,
      ]), // prettier-ignore
    ).toEqual(result.list.toReversed());
    expect(told.every(({ revision }) => revision === 0)).toBe(true);
    const history = venue.newest('candles:BTCUSDT:1');
    history.slice(1).forEach(({ start }, index) => {
      expect(start - history[index]!.start).toBe(60_000);
    });

    const trades = venue.events.flatMap((event) => (event.type === 'trades' ? event.trades : []));
    expect(new Set(trades.map(({ id }) => id)).size).toBe(trades.length);
    expectUnbrokenBook(venue);
  });
});
