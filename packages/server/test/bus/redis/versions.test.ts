import type { MarketEvent } from '@tickwire/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RedisBus } from '../../../src/bus/redis/redis-bus.ts';
import { CORRELATION, eventually, priceOf, seqsOf, tradeOf } from '../../support/bus-events.ts';
import { START } from '../../support/candle.ts';
import { TICKER, bookChange, bookOf, candleOf } from '../../support/live-events.ts';
import { type TestRedis, describeWithRedis, startRedis } from '../../support/redis.ts';
import { startRelayProcess } from '../../support/relay-process.ts';
import { eventsOf } from '../../support/relay-world.ts';

const CONFIRMED = { isConfirmed: true };
const MAX_VERSIONS = 1_000;

describeWithRedis('Of several processes that publish the same', () => {
  let redis: TestRedis;
  let worlds = 0;

  beforeAll(async () => {
    redis = await startRedis();
  });

  afterAll(async () => {
    await redis.close();
  });

  /** Publishes what one tells, then what another does, and resolves with what both were brought. */
  async function tell(
    first: readonly MarketEvent[],
    second: readonly MarketEvent[],
  ): Promise<readonly MarketEvent[]> {
    const { one, another } = await openTwo();
    await publishAll(one.bus, first);
    await publishAll(another.bus, second);
    const { length } = first;
    const count = length + second.length - another.bus.stats.suppressed;
    await eventually(() => [one.told.length, another.told.length]).toEqual([count, count]);
    expect(another.told).toEqual(one.told);
    return eventsOf(another.told);
  }

  async function openTwo() {
    worlds += 1;
    const prefix = `versions ${worlds}:`;
    const options = { port: redis.port, prefix };
    return {
      prefix,
      one: await startRelayProcess(options),
      another: await startRelayProcess(options),
    };
  }

  async function publishAll(bus: RedisBus, events: readonly MarketEvent[]): Promise<void> {
    events.forEach((event) => {
      bus.publish(event);
    });
    await bus.flush();
  }

  test('each event is told once, whoever is first', async () => {
    const ticker = { ...TICKER, time: START };
    const events = [
      priceOf('EUR_USD', 1),
      priceOf('USD_JPY', 1),
      ticker,
      tradeOf('1'),
      bookOf(2, 5),
      bookChange(6, []),
      candleOf(0),
      candleOf(0, CONFIRMED),
    ];
    expect(await tell(events, events)).toEqual(events);
  });

  test('what is newer passes, and what is older does not', async () => {
    const told = await tell(
      [priceOf('EUR_USD', 5), { ...TICKER, time: START + 5 }, bookOf(2, 5)],
      [
        priceOf('EUR_USD', 4),
        priceOf('EUR_USD', 6),
        { ...TICKER, time: START + 4 },
        { ...TICKER, time: START + 6 },
        bookChange(5, []),
        bookChange(6, []),
      ],
    );
    expect(told.slice(3)).toEqual([
      priceOf('EUR_USD', 6),
      { ...TICKER, time: START + 6 },
      bookChange(6, []),
    ]);
  });

  test('a price is newer by any digit of its time', async () => {
    const at = (fraction: string) => ({
      ...priceOf('EUR_USD', 1),
      time: `2025-11-18T12:30:00.${fraction}Z`,
    });
    const [first, same, newer, older] = ['1234', '123400000', '123400001', '1233'].map(at);
    const told = first && same && newer && older && (await tell([first], [same, newer, older]));
    expect(told).toEqual([first, newer]);
  });

  test('a candle goes on until it is confirmed, then only with revisions', async () => {
    const told = await tell(
      [candleOf(0, { volume: '9' }), candleOf(1, { volume: '10.5' })],
      [
        candleOf(0, { volume: '8' }),
        candleOf(0, { volume: '10' }),
        candleOf(0, CONFIRMED),
        candleOf(0, { volume: '999' }),
        candleOf(0, { ...CONFIRMED, close: '28351' }),
        candleOf(0, { ...CONFIRMED, close: '28351', revision: 1 }),
        candleOf(1, { volume: '10.49' }),
        candleOf(1, { volume: '10.51' }),
      ],
    );
    expect(told.slice(2)).toEqual([
      candleOf(0, { volume: '10' }),
      candleOf(0, CONFIRMED),
      candleOf(0, { ...CONFIRMED, close: '28351', revision: 1 }),
      candleOf(1, { volume: '10.51' }),
    ]);
  });

  test('trades are told apart by their first id, whatever order they come in', async () => {
    const told = await tell(
      [tradeOf('1'), tradeOf('3')],
      [tradeOf('1'), tradeOf('2'), tradeOf('3'), tradeOf('4')],
    );
    expect(told).toEqual([tradeOf('1'), tradeOf('3'), tradeOf('2'), tradeOf('4')]);
  });

  test('a book that its venue numbers anew passes', async () => {
    const anew = bookOf(3, 1);
    const told = await tell([bookOf(2, 500)], [bookOf(2, 499), anew, bookChange(2, [])]);
    expect(told).toEqual([bookOf(2, 500), anew, bookChange(2, [])]);
  });

  test('alerts are always news', async () => {
    expect(await tell([CORRELATION], [CORRELATION])).toEqual([CORRELATION, CORRELATION]);
  });

  test('numbers have no hole where something was suppressed', async () => {
    const { one, another } = await openTwo();
    for (const number of [1, 2, 3]) {
      await publishAll(one.bus, [priceOf('EUR_USD', number)]);
      await publishAll(another.bus, [priceOf('EUR_USD', number)]);
    }
    await eventually(() => seqsOf(another.told)).toEqual([1, 2, 3]);
    expect([one.bus.stats.suppressed, another.bus.stats.suppressed]).toEqual([0, 3]);
  });

  test('the newest thousand are known of a channel at most, the oldest forgotten first', async () => {
    const { one, another, prefix } = await openTwo();
    const candles = Array.from({ length: 3 * MAX_VERSIONS }, (_, index) =>
      candleOf(index, CONFIRMED),
    );
    await publishAll(one.bus, candles);
    const key = `${prefix}versions:candles:BTCUSDT:1`;
    const known = Number(await redis.cli('HLEN', key));
    expect(known).toBeGreaterThan(MAX_VERSIONS / 2 - 1);
    expect(known).toBeLessThanOrEqual(MAX_VERSIONS);
    expect(Number(await redis.cli('PTTL', key))).toBeGreaterThan(0);
    await publishAll(another.bus, candles.slice(-MAX_VERSIONS / 2));
    expect(another.bus.stats.suppressed).toBe(MAX_VERSIONS / 2);
  });
});
