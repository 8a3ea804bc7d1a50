import type { MarketEvent } from '@tickwire/protocol';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createAnnounce } from '../../../src/app/announce.ts';
import { RedisBus } from '../../../src/bus/redis/redis-bus.ts';
import { Relay } from '../../../src/bus/redis/relay.ts';
import { connect } from '../../../src/redis/connection.ts';
import {
  CANDLES,
  CORRELATION,
  EUR,
  VOLATILITY,
  eventually,
  priceOf,
} from '../../support/bus-events.ts';
import { TICKER, TRADES, candleOf } from '../../support/live-events.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { createRecordingLogger } from '../../support/recording-logger.ts';
import { addressOf } from '../../support/redis-address.ts';
import { describeWithRedis } from '../../support/redis.ts';
import { live, messages, updateOf, useRelayWorld, eventsOf } from '../../support/relay-world.ts';
import { createScriptedRedis } from '../../support/scripted-redis.ts';

const TIME = '2025-11-18T12:30:00Z';
const announce = createAnnounce(messages, live);

describe('Relay', () => {
  /** A relay over a connection that a test speaks for, with what it takes and publishes. */
  async function openScripted() {
    const clock = new ManualClock();
    const scripted = createScriptedRedis();
    const bus = new RedisBus({
      size: 10,
      maxAgeMs: 1_000,
      announce: () => undefined,
      onAsked: () => undefined,
      trouble: () => undefined,
      onError: () => undefined,
      clock,
      logger: createRecordingLogger(),
    });
    const taken: number[] = [];
    const relay = new Relay({
      bus,
      parse: (_, payload) => ({ type: 'dataReady', dataType: 'prices', count: Number(payload) }),
      createTaker: () => ({
        accept: (event) => {
          taken.push(event.type === 'dataReady' ? event.count : NaN);
        },
        tellStart: () => undefined,
      }),
      clock,
      logger: createRecordingLogger(),
    });
    await relay.opened(scripted.connection);
    const tell = (number: number): void => {
      scripted.tell('data_ready', String(number));
    };
    /** Answers what it asks for the lease, and what it sends then: its marker. */
    const grant = async (): Promise<string> => {
      scripted.next().answer(1);
      await clock.advance(0);
      const marker = scripted.next();
      const [command, channel, token = ''] = marker.words;
      expect([command, channel]).toEqual(['PUBLISH', 'tickwire:relay']);
      marker.answer(1);
      await clock.advance(0);
      return token;
    };
    return { ...scripted, relay, taken, clock, tellNumber: tell, grant };
  }

  test('takes only what comes after its own marker', async () => {
    const { relay, taken, tell, tellNumber, grant } = await openScripted();
    tellNumber(1);
    const token = await grant();
    tellNumber(2);
    tell('tickwire:relay', 'the marker of another');
    tellNumber(3);
    expect(relay.isRelaying).toBe(false);
    tell('tickwire:relay', token);
    tellNumber(4);
    expect([relay.isRelaying, taken]).toEqual([true, [4]]);
  });

  test('waits for a new marker each time that it gets the lease', async () => {
    const { taken, tell, tellNumber, grant, next, clock } = await openScripted();
    const token = await grant();
    tell('tickwire:relay', token);
    tellNumber(1);
    await clock.advance(300);
    next().answer(0);
    await clock.advance(0);
    tellNumber(2);
    await clock.advance(300);
    const newToken = await grant();
    tellNumber(3);
    tell('tickwire:relay', token);
    tellNumber(4);
    tell('tickwire:relay', newToken);
    tellNumber(5);
    expect(taken).toEqual([1, 5]);
  });

  test('takes nothing once its lease is over, though nobody has said so', async () => {
    const { relay, taken, tell, tellNumber, grant, clock } = await openScripted();
    tell('tickwire:relay', await grant());
    await clock.advance(1_199);
    tellNumber(1);
    await clock.advance(1);
    tellNumber(2);
    expect([relay.isRelaying, taken]).toEqual([false, [1]]);
  });

  test('takes nothing over a connection that has ended, nor once it is closed', async () => {
    const { relay, taken, tell, tellNumber, grant } = await openScripted();
    tell('tickwire:relay', await grant());
    relay.ended();
    tellNumber(1);
    const other = createScriptedRedis();
    await relay.opened(other.connection);
    void relay.close();
    tellNumber(2);
    other.tell('data_ready', '3');
    const late = createScriptedRedis();
    await relay.opened(late.connection);
    late.tell('data_ready', '4');
    expect([taken, late.waiting()]).toEqual([[], 0]);
  });
});

describeWithRedis('Relay on a Redis', () => {
  const { redis, publish, openTwo } = useRelayWorld();

  test('brings both shapes of a price to every process once', async () => {
    const { holder, other } = await openTwo();
    const price = { bid: '1.0945', ask: '1.0947', mid: '1.0946', time: TIME };
    await publish('price_updates', { instrument: 'EUR_USD', price });
    await publish('price_updates', { instrument: 'usd_jpy', bid: 1.5, ask: 1.6 });
    await publish('price_updates', { instrument: 'EUR_USD', ...price });
    for (const { told } of [holder, other]) {
      await eventually(() => told).toHaveLength(3);
      expect(told).toMatchObject([
        { channel: EUR, seq: 1, event: { type: 'quote', instrument: 'EUR_USD', ...price } },
        { channel: 'price:USD_JPY', seq: 1, event: { bid: '1.5', ask: '1.6', mid: '1.55' } },
        { channel: EUR, seq: 2, event: { type: 'quote', instrument: 'EUR_USD', ...price } },
      ]);
    }
    expect([holder.relay.taken, other.relay.taken]).toEqual([3, 0]);
  });

  test('brings what the contract has on every other channel', async () => {
    const { other } = await openTwo();
    const { type: _, ...volatility } = VOLATILITY;
    const { type: __, ...correlation } = CORRELATION;
    await publish('volatility_alerts', volatility);
    await publish('correlation_alerts', correlation);
    await publish('data_ready', { data_type: 'prices', count: 20 });
    for (const event of [TRADES, TICKER]) {
      await publish(`${event.type}:BTCUSDT`, live.update(event));
    }
    await publish(CANDLES, updateOf(candleOf(0)));
    const expected = [
      VOLATILITY,
      CORRELATION,
      { type: 'dataReady', dataType: 'prices', count: 20 },
      TRADES,
      TICKER,
      candleOf(0),
    ];
    await eventually(() => eventsOf(other.told)).toEqual(expected);
  });

  test('never brings back what any process has announced', async () => {
    const { holder, other } = await openTwo({ announce });
    const heard: string[] = [];
    const hear = (text: string, channel: string): void => {
      heard.push(`${channel} ${text}`);
    };
    const listener = await connect(addressOf(redis()));
    onTestFinished(() => {
      listener.end();
    });
    await listener.subscribe('price_updates', hear);
    await listener.subscribePattern('candles:*', hear);
    holder.bus.publish(priceOf('EUR_USD', 1));
    holder.bus.publish(candleOf(0));
    await eventually(() => heard).toEqual([
      expect.stringMatching(/^price_updates \{"source":"tickwire","instrument":"EUR_USD"/),
      expect.stringMatching(/^candles:BTCUSDT:1 \{"source":"tickwire","type":"update"/),
    ]);
    // Marked all the same, though it is written in another way.
    await publish('price_updates', { ...priceOf('EUR_USD', 2), source: 'tickwire' });
    await publish('price_updates', { ...priceOf('EUR_USD', 3), source: 'another' });
    await eventually(() => eventsOf(other.told)).toEqual([
      priceOf('EUR_USD', 1),
      candleOf(0),
      priceOf('EUR_USD', 3),
    ]);
    expect(holder.relay.rejected.size).toBe(0);
  });

  test('takes no harm from garbage, counts it by channel and reason, and warns of it once', async () => {
    const { holder, other } = await openTwo();
    const kinds = ['price_updates', 'volatility_alerts', 'candles:BTCUSDT:1', 'trades:x:y'];
    const garbage = [
      'not JSON',
      '{"instrument":"EUR_USD","bid":"one","ask":"two"}',
      '{"instrument":"XAU_USD","bid":1,"ask":2}',
      '[]',
    ];
    const lines = Array.from({ length: 10_000 }, (_, index) => ({
      channel: kinds[index % 4] ?? '',
      text: garbage[Math.floor(index / 4) % 4] ?? '',
    }));
    await Promise.all(lines.map(({ channel, text }) => publish(channel, text)));
    await publish('price_updates', {
      instrument: 'EUR_USD',
      bid: 1,
      ask: 2,
      x: 'x'.repeat(300_000),
    });
    await publish('ticker:SOLUSDT', live.update({ ...TICKER, instrument: 'SOLUSDT' }));
    await publish('price_updates', priceOf('EUR_USD', 1));
    await eventually(() => eventsOf(other.told)).toEqual([priceOf('EUR_USD', 1)]);
    expect(Object.fromEntries(holder.relay.rejected)).toEqual({
      price_updates: new Map([
        ['not_json', 625],
        ['invalid', 1_250],
        ['unknown_instrument', 625],
        ['too_large', 1],
      ]),
      volatility_alerts: new Map([
        ['not_json', 625],
        ['invalid', 1_875],
      ]),
      candles: new Map([
        ['not_json', 625],
        ['invalid', 1_875],
      ]),
      trades: new Map([
        ['not_json', 625],
        ['invalid', 1_875],
      ]),
      ticker: new Map([['unknown_instrument', 1]]),
    });
    expect(other.relay.rejected.size).toBe(0);
    const warnings = holder.lines.filter(({ level }) => level === 'warn');
    expect(warnings).toHaveLength(1);
    expect(JSON.stringify(warnings).length).toBeLessThan(1_000);
  });

  test('counts what goes wrong in it, and goes on', async () => {
    const parse = (channel: string): MarketEvent => {
      if (channel === 'data_ready') {
        return { type: 'dataReady', dataType: 'prices', count: 1 };
      }
      throw new TypeError('broken');
    };
    const { holder, other } = await openTwo({ parse });
    await publish('price_updates', {});
    await publish('data_ready', {});
    await eventually(() => other.told).toHaveLength(1);
    expect(holder.relay.rejected).toEqual(new Map([['price_updates', new Map([['invalid', 1]])]]));
    expect(holder.relay.taken).toBe(1);
  });
});
