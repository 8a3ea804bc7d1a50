import { waitFor } from '../../support/wait-for.ts';
import { formatChannel } from '@tickwire/protocol';
import { describe, expect, test } from 'vitest';
import {
  type BybitChannel,
  instrumentPrefix,
  isBybitChannel,
  resolveInstrument,
  topicOf,
} from '../../../src/feeds/bybit/topics.ts';
import { startSupervised } from './supervised-feed.ts';

const ticker = (instrument: string): BybitChannel => ({ kind: 'ticker', instrument });

describe('Bybit topics', () => {
  test('a topic the venue refuses is named, costs the others nothing, and comes back', async () => {
    const channels = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'].map(ticker);
    const venue = await startSupervised({ channels, speed: 60 });
    venue.simulator.faults.set({ fault: 'refuse-topic', topic: 'tickers.ETHUSDT' });
    venue.start();
    await venue.untilNews(['ticker:BTCUSDT', 'ticker:SOLUSDT']);
    expect(venue.supervisor.health()).toMatchObject({
      state: 'live',
      instruments: [
        {
          instrument: 'ETHUSDT',
          channel: 'ticker:ETHUSDT',
          state: 'down',
          reason: 'Bybit refused tickers.ETHUSDT: error:handler not found,topic:tickers.ETHUSDT',
        },
      ],
    });
    expect(venue.events.some(({ instrument }) => instrument === 'ETHUSDT')).toBe(false);
    venue.simulator.faults.clear();
    await venue.untilNews(['ticker:ETHUSDT']);
    await venue.until((health) => health.instruments === undefined, 'nothing to be down');
  });

  test('of several that are refused at once each is named', async () => {
    const channels: BybitChannel[] = [
      ...['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'XRPUSDT'].map(ticker),
      { kind: 'trades', instrument: 'BTCUSDT' },
      { kind: 'orderbook', instrument: 'ETHUSDT' },
    ];
    const venue = await startSupervised({ channels });
    const refused = ['tickers.BTCUSDT', 'tickers.XRPUSDT', 'orderbook.50.ETHUSDT'];
    refused.forEach((topic) => {
      venue.simulator.faults.set({ fault: 'refuse-topic', topic });
    });
    venue.start();
    const { instruments = [] } = await venue.until(
      (health) => health.instruments?.length === 3,
      'three to be down',
    );
    expect(instruments.map(({ channel }) => channel).toSorted()).toEqual([
      'orderbook:ETHUSDT',
      'ticker:BTCUSDT',
      'ticker:XRPUSDT',
    ]);
    await venue.untilNews(['ticker:ETHUSDT', 'ticker:SOLUSDT', 'trades:BTCUSDT']);
  });

  test('a symbol that there is none of is said to be so, and missed by nobody else', async () => {
    const channels: BybitChannel[] = [
      ticker('NOPEUSDT'),
      { kind: 'candles', instrument: 'NOPEUSDT', interval: '1' },
      ticker('BTCUSDT'),
    ];
    const venue = await startSupervised({ channels, speed: 60 });
    venue.start();
    await venue.untilNews(['ticker:BTCUSDT']);
    const reason = 'Bybit has no NOPEUSDT among its linear instruments';
    const { instruments, state } = await venue.until(
      (health) => health.instruments?.[0]?.reason === reason,
      'the reason',
    );
    expect(instruments).toMatchObject([{ instrument: 'NOPEUSDT', reason }]);
    expect(instruments).toHaveLength(1);
    expect(state).toBe('live');
  });

  test('an instrument that is taken off the list is named, and comes back with it', async () => {
    const venue = await startSupervised({
      channels: ['BTCUSDT', 'ETHUSDT'].map(ticker),
      speed: 60,
    });
    venue.simulator.faults.set({ fault: 'unknown-instrument', instrument: 'ETHUSDT' });
    venue.start();
    await venue.until(
      ({ instruments }) => /^Bybit has no ETHUSDT/.test(instruments?.[0]?.reason ?? ''),
      'ETHUSDT to be missing',
    );
    venue.simulator.faults.clear();
    await venue.untilNews(['ticker:ETHUSDT', 'ticker:BTCUSDT']);
    await venue.until((health) => health.instruments === undefined, 'nothing to be missing');
  });

  test('more topics than a frame of spot may have are all followed, under their own names', async () => {
    const instruments = ['SPOT_BTCUSDT', 'SPOT_ETHUSDT'];
    const intervals = ['1', '3', '5', '15', '30', '60', '120'] as const;
    const channels = instruments.flatMap((instrument): BybitChannel[] => [
      ...intervals.map((interval) => ({ kind: 'candles' as const, instrument, interval })),
      { kind: 'trades', instrument },
      { kind: 'orderbook', instrument },
      { kind: 'ticker', instrument },
    ]);
    expect(channels.length).toBeGreaterThan(12);
    const venue = await startSupervised({
      channels,
      category: 'spot',
      instrumentPrefix: 'SPOT_',
    });
    venue.simulator.faults.set({ fault: 'refuse-topic', topic: 'kline.5.ETHUSDT' });
    venue.start();
    const refused = 'candles:SPOT_ETHUSDT:5';
    await venue.untilNews(channels.map(formatChannel).filter((name) => name !== refused));
    await waitFor(() => venue.supervisor.health().instruments, 'the refusal');
    expect(venue.supervisor.health().instruments).toContainEqual(
      expect.objectContaining({
        channel: refused,
        reason: expect.stringMatching(/^Bybit refused kline\.5\.ETHUSDT: /) as string,
      }),
    );
  });
});

describe('resolveInstrument', () => {
  test.each([
    ['BTCUSDT', 'linear', 'BTCUSDT', 'linear'],
    ['LINEAR_BTCUSDT', 'linear', 'BTCUSDT', 'linear'],
    ['SPOT_BTCUSDT', 'linear', 'SPOT_BTCUSDT', 'spot'],
    ['INVERSE_BTCUSD', 'linear', 'INVERSE_BTCUSD', 'inverse'],
    ['SPOT_BTCUSDT', 'spot', 'BTCUSDT', 'spot'],
    ['LINEAR_BTC-26DEC25', 'spot', 'LINEAR_BTC-26DEC25', 'linear'],
    ['SPOTUSDT', 'linear', 'SPOTUSDT', 'linear'],
  ] as const)('%s, where %s is usual, is %s of %s', (name, usual, instrument, category) => {
    expect(resolveInstrument(name, usual)).toEqual({ instrument, category });
    expect(instrument.startsWith(instrumentPrefix(category, usual))).toBe(true);
  });
});

describe('topicOf', () => {
  test.each([
    [{ kind: 'candles', instrument: 'SPOT_BTCUSDT', interval: 'D' }, 'kline.D.BTCUSDT'],
    [{ kind: 'trades', instrument: 'SPOT_BTCUSDT' }, 'publicTrade.BTCUSDT'],
    [{ kind: 'ticker', instrument: 'SPOT_BTC-26DEC25' }, 'tickers.BTC-26DEC25'],
    [{ kind: 'orderbook', instrument: 'SPOT_BTCUSDT' }, 'orderbook.200.BTCUSDT'],
  ] as [BybitChannel, string][])('of %j is %s', (channel, topic) => {
    expect(isBybitChannel(channel)).toBe(true);
    expect(topicOf(channel, { instrumentPrefix: 'SPOT_', bookDepth: 200 })).toBe(topic);
  });

  test('there is none of channels that Bybit does not bring', () => {
    expect(isBybitChannel({ kind: 'price', instrument: 'BTCUSDT' })).toBe(false);
    expect(isBybitChannel({ kind: 'alerts' })).toBe(false);
  });
});
