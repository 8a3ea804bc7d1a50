import { RequestGate } from '../../../src/feeds/bybit/request-gate.ts';
import { formatChannel } from '@tickwire/protocol';
import { createBybitSimulator } from '@tickwire/simulator';
import { systemClock } from '../../../src/app/clock.ts';
import type { BybitCategory } from '../../../src/feeds/bybit/config.ts';
import { BybitFeed } from '../../../src/feeds/bybit/feed.ts';
import { type BybitChannel, instrumentPrefix } from '../../../src/feeds/bybit/topics.ts';
import { testFeed } from '../../contracts/feed.contract.ts';
import { startCountingProxy } from '../../support/counting-proxy.ts';

const SPEED = 30;
const SYMBOLS = {
  linear: ['BTCUSDT', 'ETHUSDT'],
  inverse: ['BTCUSD'],
  spot: ['BTCUSDT', 'ETHUSDT'],
} as const satisfies Record<BybitCategory, readonly string[]>;

describeCategory('linear');
describeCategory('inverse');
describeCategory('spot');

function describeCategory(category: BybitCategory): void {
  testFeed(`Bybit ${category}`, async () => {
    const simulator = createBybitSimulator({ startOffsetMs: -86_400_000, speed: SPEED });
    await simulator.start();
    const proxy = await startCountingProxy(simulator.restUrl);
    const hosts = { restUrl: simulator.restUrl, wsUrl: proxy.url.replace('http', 'ws') };
    const prefix = instrumentPrefix(category, 'linear');
    const config = { hosts, category, instrumentPrefix: prefix, bookDepth: 50 };
    // The venue's time alone is quick: the feed's patience with a busy machine is as long as ever.
    const feed = new BybitFeed(config, systemClock, new RequestGate(systemClock));
    const channels = SYMBOLS[category].flatMap((symbol): BybitChannel[] => {
      const instrument = `${prefix}${symbol}`;
      return [
        { kind: 'candles', instrument, interval: '1' },
        { kind: 'candles', instrument, interval: '60' },
        { kind: 'trades', instrument },
        { kind: 'ticker', instrument },
        { kind: 'orderbook', instrument },
      ];
    });
    for (const channel of channels) {
      feed.want(channel);
    }
    return {
      feed,
      channels: channels.map(formatChannel),
      placeOf: (event) => {
        switch (event.type) {
          case 'orderBook':
            return event.updateId;
          case 'trades':
            return event.trades[0]?.time;
          default:
            // A confirmed candle may be repeated after the next has begun; tickers have no time.
            return event.type === 'candle' && !event.isConfirmed ? event.start : undefined;
        }
      },
      drop: () => {
        proxy.drop();
      },
      connections: () => Promise.resolve(proxy.count()),
      close: async () => {
        await proxy.close();
        await simulator.close();
      },
    };
  });
}
