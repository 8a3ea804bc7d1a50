import { formatChannel } from '@tickwire/protocol';
import { RequestGate } from '../../../src/feeds/bybit/request-gate.ts';
import { describe, expect, test } from 'vitest';
import { BybitChannels } from '../../../src/feeds/bybit/channels.ts';
import type { BybitCategory } from '../../../src/feeds/bybit/config.ts';
import { BybitFeed } from '../../../src/feeds/bybit/feed.ts';
import { type BybitChannel, instrumentPrefix } from '../../../src/feeds/bybit/topics.ts';
import { answer, startFakeVenue } from '../../support/fake-venue.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const SYMBOLS: Record<string, string[]> = {
  linear: ['BTCUSDT', 'ETHUSDT'],
  inverse: ['BTCUSD'],
  spot: ['BTCUSDT', 'ETHUSDT', 'BTCUSDC'],
};

/** Feeds that are never started, of a venue that has some symbols. */
async function setUp(configured: readonly BybitChannel[] = [], maxOnDemand = 3) {
  const state = { isDown: false };
  const venue = await startFakeVenue((path, response) => {
    const category = new URL(path, 'http://venue').searchParams.get('category') ?? '';
    const list = (SYMBOLS[category] ?? []).map((symbol) => ({ symbol }));
    const body = { retCode: 0, retMsg: 'OK', result: { list }, time: 1 };
    answer(response, state.isDown ? 503 : 200, body);
  });
  const clock = new ManualClock();
  const feedOf = (category: BybitCategory): BybitFeed =>
    new BybitFeed(
      {
        hosts: { restUrl: venue.url, wsUrl: '' },
        category,
        instrumentPrefix: instrumentPrefix(category, 'linear'),
        bookDepth: 50,
      },
      clock,
      new RequestGate(clock),
    );
  const feeds = { linear: feedOf('linear'), inverse: feedOf('inverse'), spot: feedOf('spot') };
  const released: string[] = [];
  const recalled: string[] = [];
  const channels = new BybitChannels({
    usualCategory: 'linear',
    feeds,
    configured,
    maxOnDemand,
    recall: (channel) => {
      recalled.push(formatChannel(channel));
      return Promise.resolve();
    },
    onReleased: (channel) => released.push(channel),
    clock,
  });
  return { channels, feeds, recalled, released, clock, venue, state };
}

const ticker = (instrument: string): BybitChannel => ({ kind: 'ticker', instrument });
const candles = (instrument: string): BybitChannel => ({
  kind: 'candles',
  instrument,
  interval: '1',
});

describe('BybitChannels', () => {
  test('follows what is configured, without asking anybody', async () => {
    const { channels, feeds, venue } = await setUp([candles('BTCUSDT'), ticker('SPOT_BTCUSDT')]);
    expect(channels.list()).toEqual({
      configured: ['candles:BTCUSDT:1'],
      followed: ['candles:BTCUSDT:1', 'ticker:SPOT_BTCUSDT'],
    });
    expect(channels.activeCandles).toBe(1);
    expect([feeds.linear.instruments, feeds.spot.instruments]).toEqual([
      ['BTCUSDT'],
      ['SPOT_BTCUSDT'],
    ]);
    expect(venue.requests).toEqual([]);
  });

  test('follows on demand what the venue has, under its usual name, and lets it go', async () => {
    const { channels, feeds, recalled, released, clock } = await setUp();
    const lease = await channels.lease(candles('LINEAR_ETHUSDT'));
    expect(lease.channel).toEqual(candles('ETHUSDT'));
    expect(recalled).toEqual(['candles:ETHUSDT:1']);
    await channels.lease(ticker('INVERSE_BTCUSD'));
    expect(channels.list().followed).toEqual(['candles:ETHUSDT:1', 'ticker:INVERSE_BTCUSD']);
    expect(feeds.inverse.instruments).toEqual(['INVERSE_BTCUSD']);
    lease.release();
    await clock.advance(60_000);
    expect(released).toEqual(['candles:ETHUSDT:1']);
    expect(feeds.linear.instruments).toEqual([]);
  });

  test.each([
    ['NOPEUSDT', 'linear'],
    ['BTCUSDC', 'linear'],
    ['SPOT_BTCUSD', 'spot'],
    ['INVERSE_BTCUSDT', 'inverse'],
  ])('refuses %s, which %s does not have', async (instrument) => {
    const { channels } = await setUp();
    await expect(channels.lease(ticker(instrument))).rejects.toMatchObject({
      code: 'INVALID_SYMBOL',
      message: `Bybit has no ${instrument}`,
    });
    expect(channels.list().followed).toEqual([]);
  });

  test('refuses a configured channel once it is known that there is no such symbol', async () => {
    const { channels } = await setUp([ticker('NOPEUSDT')]);
    await channels.lease(ticker('NOPEUSDT'));
    await expect(channels.lease(candles('NOPEUSDT'))).rejects.toMatchObject({
      code: 'INVALID_SYMBOL',
    });
    await expect(channels.lease(ticker('NOPEUSDT'))).rejects.toMatchObject({
      code: 'INVALID_SYMBOL',
    });
  });

  test('says so if the venue cannot be asked, and brings what is followed all the same', async () => {
    const { channels, state } = await setUp([ticker('BTCUSDT')]);
    state.isDown = true;
    await expect(channels.lease(candles('BTCUSDT'))).rejects.toMatchObject({
      code: 'INTERNAL_ERROR',
      message: expect.stringMatching(/^Bybit cannot be asked for BTCUSDT: /) as string,
    });
    await expect(channels.lease(ticker('BTCUSDT'))).resolves.toBeDefined();
  });

  test('follows no more than it may', async () => {
    const { channels } = await setUp([], 1);
    await channels.lease(ticker('BTCUSDT'));
    await expect(channels.lease(ticker('ETHUSDT'))).rejects.toMatchObject({
      code: 'RATE_LIMITED',
    });
  });
});
