import type { FeedHealth, HistoryHealth } from '@tickwire/protocol';
import { describe, expect, onTestFinished, test } from 'vitest';
import { METRICS } from '../../src/app/metric-definitions.ts';
import { type BusRejections, Metrics } from '../../src/app/metrics.ts';
import { createMemoryBus } from '../../src/bus/memory.ts';
import type { FanOutStats } from '../../src/ports/fan-out-stats.ts';
import { createLog } from '../support/channel-log.ts';
import { StillClock } from '../support/still-clock.ts';

const QUOTE = { type: 'quote', instrument: 'EUR_USD', bid: '1', ask: '3', mid: '2' } as const;
const HISTORY: HistoryHealth = {
  ...{ waiting_quotes: 1, waiting_candles: 2, overflowing_candles: 3, dropped_quotes: 4 },
  ...{ untimely_quotes: 5, dropped_trades: 6, overflowed_candles: 7, owed_candles: 8 },
  ...{ rejected_records: 9, filled_candles: 10, incomplete_series: 11 },
  ...{ waiting_alerts: 12, dropped_alerts: 13 },
};

/** Metrics of parts that the test plays. */
function createWorld() {
  const clock = new StillClock();
  const bus = createMemoryBus({
    log: createLog(),
    onError: (error) => {
      throw error;
    },
  });
  const fanOut: FanOutStats = {
    ...{ deliveries: 6, bytes: 1_200, writes: 3, flushes: 1, flushedMessages: 2, flushMs: 4 },
    ...{ conflated: 5, dropped: 7, slowCloses: 1, outboxBytes: 99, onFlush: undefined },
    recoveries: { recovered: 4, notRecovered: 2 },
  };
  const connections = {
    ...{ 'socket.io-polling': 1, 'socket.io-websocket': 2, websocket: 3, stream: 4 },
  };
  const feeds: FeedHealth[] = [];
  const state = {
    history: undefined as HistoryHealth | undefined,
    rejections: [] as BusRejections[],
  };
  const metrics = new Metrics({
    ...{ bus, fanOut, clock },
    clients: () => ({ connections, subscriptions: 12 }),
    feeds: () => feeds,
    history: () => state.history,
    rejectedCandles: () => 13,
    busRejections: () => state.rejections,
  });
  metrics.start();
  onTestFinished(() => metrics.close());
  /** The samples by name and labels, and the types. */
  const read = async () => {
    const { text } = await metrics.read();
    const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [
      name,
      type,
    ]);
    const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return {
      types: Object.fromEntries(types) as Record<string, string>,
      samples: Object.fromEntries(
        samples.map((line) => [line.replace(/ \S+$/, ''), Number(/\S+$/.exec(line)?.[0])]),
      ) as Record<string, number>,
      count: samples.length,
    };
  };
  return { clock, bus, fanOut, feeds, state, metrics, read };
}

describe('Metrics', () => {
  test('are all that are defined, each with its type, and no sample is there twice', async () => {
    const { read } = createWorld();
    const { types, samples, count } = await read();
    const defined = Object.entries(METRICS).map(([name, { type }]) => [name, type]);
    expect(types).toEqual(Object.fromEntries(defined));
    expect(Object.keys(samples)).toHaveLength(count);
  });

  test('tell what others have counted, as it is when they are asked', async () => {
    const { fanOut, read } = createWorld();
    expect((await read()).samples).toMatchObject({
      'tickwire_connections{transport="socket.io-polling"}': 1,
      'tickwire_connections{transport="stream"}': 4,
      tickwire_subscriptions: 12,
      tickwire_deliveries_total: 6,
      tickwire_delivered_bytes_total: 1_200,
      tickwire_writes_total: 3,
      tickwire_conflated_messages_total: 5,
      tickwire_dropped_messages_total: 7,
      tickwire_slow_closes_total: 1,
      'tickwire_recoveries_total{outcome="recovered"}': 4,
      'tickwire_recoveries_total{outcome="not_recovered"}': 2,
      tickwire_outbox_bytes: 99,
      tickwire_rejected_candles_total: 13,
    });
    fanOut.deliveries = 8;
    expect((await read()).samples['tickwire_deliveries_total']).toBe(8);
  });

  test('tell how each turn of the event loop was sent on', async () => {
    const { fanOut, read } = createWorld();
    fanOut.onFlush?.({ messages: 20, tookMs: 3, waitedMs: 4 });
    fanOut.onFlush?.({ messages: 1, tookMs: 1, waitedMs: 1 });
    expect((await read()).samples).toMatchObject({
      tickwire_flush_messages_count: 2,
      tickwire_flush_messages_sum: 21,
      tickwire_flush_seconds_sum: 0.004,
      tickwire_write_delay_seconds_sum: 0.005,
      'tickwire_write_delay_seconds_bucket{le="0.001"}': 1,
    });
  });

  test('follow an event from its venue to the bus', async () => {
    const { clock, bus, metrics, read } = createWorld();
    const event = { ...QUOTE, time: new Date(clock.now() - 20).toISOString() };
    metrics.receive('oanda', event, () => {
      clock.advance(2);
      bus.publish(event);
    });
    metrics.receive('oanda', { ...event, time: '2001-01-01T00:00:00Z' }, () => undefined);
    expect((await read()).samples).toMatchObject({
      'tickwire_venue_delay_seconds_sum{venue="oanda"}': 0.02,
      'tickwire_venue_delay_seconds_count{venue="oanda"}': 1,
      'tickwire_undated_events_total{venue="oanda"}': 1,
      tickwire_publish_delay_seconds_count: 1,
      tickwire_publish_delay_seconds_sum: 0.002,
    });
  });

  test('show the feeds that there are, and none that has gone', async () => {
    const { clock, feeds, read } = createWorld();
    const since = new Date(clock.now()).toISOString();
    const feed = { since, simulated: true, rejected_frames: 2 };
    feeds.push(
      { ...feed, venue: 'oanda', state: 'live', last_price_at: since },
      {
        ...{ ...feed, venue: 'bybit', category: 'linear', state: 'down', simulated: false },
        instruments: [{ instrument: 'BTCUSDT', state: 'down', reason: 'refused', since }],
      },
    );
    clock.advance(1_500);
    const { samples } = await read();
    const oanda = 'venue="oanda",category=""';
    const linear = 'venue="bybit",category="linear"';
    expect(samples).toMatchObject({
      [`tickwire_feed_state{${oanda},simulated="true",state="live"}`]: 1,
      [`tickwire_feed_state{${oanda},simulated="true",state="down"}`]: 0,
      [`tickwire_feed_state{${linear},simulated="false",state="down"}`]: 1,
      [`tickwire_feed_data_age_seconds{${oanda}}`]: 1.5,
      [`tickwire_feed_rejected_frames_total{${linear}}`]: 2,
      [`tickwire_feed_unavailable{${linear}}`]: 1,
    });
    expect(samples).not.toHaveProperty([`tickwire_feed_data_age_seconds{${linear}}`]);
    feeds.length = 0;
    const left = Object.keys((await read()).samples);
    expect(left.filter((name) => name.startsWith('tickwire_feed'))).toEqual([]);
  });

  test('show every count of the history', async () => {
    const { state, read } = createWorld();
    const historyOf = (samples: Record<string, number>) =>
      Object.entries(samples).filter(([name]) => name.startsWith('tickwire_history_'));
    expect(historyOf((await read()).samples).every(([, value]) => value === 0)).toBe(true);
    state.history = HISTORY;
    const shown = historyOf((await read()).samples);
    for (const [key, value] of Object.entries(HISTORY)) {
      const names = [`tickwire_history_${key}`, `tickwire_history_${key}_total`];
      expect(shown.find(([name]) => names.includes(name))?.[1], key).toBe(value);
    }
    expect(shown).toHaveLength(Object.keys(HISTORY).length);
  });

  test('count what others put on the bus and cannot be used, under the name of the contract', async () => {
    const { state, read } = createWorld();
    state.rejections.push({ channel: 'price_updates', reason: 'not JSON', count: 3 });
    expect((await read()).samples).toMatchObject({
      'bus_rejected_total{channel="price_updates",reason="not JSON"}': 3,
    });
  });

  test('tell of the process', async () => {
    const { samples } = await createWorld().read();
    expect(samples['tickwire_resident_memory_bytes']).toBeGreaterThan(1e7);
    expect(samples['tickwire_cpu_seconds_total']).toBeGreaterThan(0);
    for (const quantile of ['0.5', '0.99', '1']) {
      const delay = samples[`tickwire_event_loop_delay_seconds{quantile="${quantile}"}`];
      expect(delay).toBeGreaterThanOrEqual(0);
    }
  });
});
