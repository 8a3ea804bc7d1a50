import { createOandaSimulator } from '@tickwire/simulator';
import { systemClock } from '../../../src/app/clock.ts';
import { OandaFeed } from '../../../src/feeds/oanda/feed.ts';
import { testFeed } from '../../contracts/feed.contract.ts';
import { startCountingProxy } from '../../support/counting-proxy.ts';

testFeed('OANDA', async () => {
  const simulator = createOandaSimulator({ startOffsetMs: -86_400_000, speed: 30 });
  await simulator.start();
  const proxy = await startCountingProxy(simulator.streamUrl);
  const hosts = { restUrl: simulator.restUrl, streamUrl: proxy.url };
  const instruments = ['EUR_USD', 'GBP_USD', 'USD_JPY'];
  return {
    feed: new OandaFeed({ hosts, apiKey: 'any', instruments }, systemClock),
    channels: instruments.map((instrument) => `price:${instrument}`),
    placeOf: (event) => (event.type === 'quote' ? event.time : undefined),
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
