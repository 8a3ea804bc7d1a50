import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { FeedHealth, HistoryHealth, MarketEvent } from '@tickwire/protocol';
import { FEED_STATES } from '@tickwire/protocol';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Bus } from '../ports/bus.ts';
import type { ClientCounts } from '../ports/client-counts.ts';
import type { Clock } from '../ports/clock.ts';
import type { FanOutStats } from '../ports/fan-out-stats.ts';
import { EventTimes } from './event-times.ts';
import { METRICS, type MetricName } from './metric-definitions.ts';

/** Messages of a channel of the bus that could not be used, for one reason. */
export interface BusRejections {
  readonly channel: string;
  readonly reason: string;
  readonly count: number;
}

export interface MetricsOptions {
  readonly bus: Pick<Bus, 'subscribe'>;
  readonly fanOut: FanOutStats;
  readonly clients: () => ClientCounts;
  readonly feeds: () => readonly FeedHealth[];
  /** Undefined where nothing is kept. */
  readonly history: () => HistoryHealth | undefined;
  readonly rejectedCandles: () => number;
  readonly busRejections: () => readonly BusRejections[];
  readonly clock: Pick<Clock, 'now' | 'elapsed'>;
}

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [value: number, labels?: Labels];

const DELAY_RESOLUTION_MS = 10;
const NANOSECONDS_PER_SECOND = 1e9;
/** From what one process needs to what a bad network needs. */
const DELAY_BUCKETS = [
  ...[0.000_01, 0.000_1, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5],
  ...[1, 2.5, 5, 10, 30, 60],
];
const FLUSH_SIZE_BUCKETS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];

/**
 * All that can be measured, for Prometheus, in a registry of its own. What others count is read
 * when somebody asks; what has a distribution is observed once per event or once per turn of the
 * event loop, and never per client.
 */
export class Metrics {
  readonly name = 'metrics';
  readonly #options: MetricsOptions;
  readonly #registry = new Registry();
  readonly #times: EventTimes;
  readonly #loopDelay: IntervalHistogram = monitorEventLoopDelay({
    resolution: DELAY_RESOLUTION_MS,
  });
  #unsubscribe = (): void => undefined;

  constructor(options: MetricsOptions) {
    this.#options = options;
    const venueDelay = this.#histogram('tickwire_venue_delay_seconds', DELAY_BUCKETS);
    const undated = this.#counter('tickwire_undated_events_total');
    const publishDelay = this.#histogram('tickwire_publish_delay_seconds', DELAY_BUCKETS);
    this.#times = new EventTimes({
      clock: options.clock,
      onVenueDelay: (venue, delayMs) => {
        venueDelay.observe({ venue }, delayMs / 1_000);
      },
      onUndated: (venue) => {
        undated.inc({ venue });
      },
      onPublishDelay: (delayMs) => {
        publishDelay.observe(delayMs / 1_000);
      },
    });
    this.#addFanOut();
    this.#addProcess();
    this.#addFeeds();
    this.#addHistory();
  }

  /** Everything as it is now, in Prometheus' text format. */
  async read(): Promise<{ readonly contentType: string; readonly text: string }> {
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  /** Begins to watch; MUST be called before others subscribe to the bus, to be told first. */
  start(): void {
    this.#loopDelay.enable();
    this.#unsubscribe = this.#options.bus.subscribe(({ event }) => {
      this.#times.published(event);
    });
  }

  close(): Promise<void> {
    this.#loopDelay.disable();
    this.#unsubscribe();
    return Promise.resolve();
  }

  /** An event has been received from a venue; `publish` puts it on the tape. */
  receive(venue: string, event: MarketEvent, publish: () => void): void {
    this.#times.receive(venue, event, publish);
  }

  #addFanOut(): void {
    const { fanOut, clients, rejectedCandles, busRejections } = this.#options;
    this.#show('tickwire_connections', () =>
      Object.entries(clients().connections).map(([transport, count]) => [count, { transport }]),
    );
    this.#show('tickwire_subscriptions', () => [[clients().subscriptions]]);
    this.#show('tickwire_deliveries_total', () => [[fanOut.deliveries]]);
    this.#show('tickwire_delivered_bytes_total', () => [[fanOut.bytes]]);
    this.#show('tickwire_writes_total', () => [[fanOut.writes]]);
    this.#show('tickwire_conflated_messages_total', () => [[fanOut.conflated]]);
    this.#show('tickwire_dropped_messages_total', () => [[fanOut.dropped]]);
    this.#show('tickwire_slow_closes_total', () => [[fanOut.slowCloses]]);
    this.#show('tickwire_recoveries_total', () => [
      [fanOut.recoveries.recovered, { outcome: 'recovered' }],
      [fanOut.recoveries.notRecovered, { outcome: 'not_recovered' }],
    ]);
    this.#show('tickwire_outbox_bytes', () => [[fanOut.outboxBytes]]);
    this.#show('tickwire_rejected_candles_total', () => [[rejectedCandles()]]);
    this.#show('bus_rejected_total', () =>
      busRejections().map(({ channel, reason, count }) => [count, { channel, reason }]),
    );
    const flushMessages = this.#histogram('tickwire_flush_messages', FLUSH_SIZE_BUCKETS);
    const flushSeconds = this.#histogram('tickwire_flush_seconds', DELAY_BUCKETS);
    const writeDelay = this.#histogram('tickwire_write_delay_seconds', DELAY_BUCKETS);
    fanOut.onFlush = ({ messages, tookMs, waitedMs }) => {
      flushMessages.observe(messages);
      flushSeconds.observe(tookMs / 1_000);
      writeDelay.observe(waitedMs / 1_000);
    };
  }

  #addProcess(): void {
    const delay = this.#loopDelay;
    const toSeconds = (nanoseconds: number): number =>
      // The timer by which it is measured waits this long by itself.
      Math.max(0, nanoseconds / NANOSECONDS_PER_SECOND - DELAY_RESOLUTION_MS / 1_000);
    this.#show('tickwire_event_loop_delay_seconds', () => {
      const samples = ['0.5', '0.99', '1'].map((quantile): Sample => [
        toSeconds(delay.percentile(Number(quantile) * 100)),
        { quantile },
      ]);
      delay.reset();
      return samples;
    });
    this.#show('tickwire_resident_memory_bytes', () => [[process.memoryUsage.rss()]]);
    this.#show('tickwire_cpu_seconds_total', () => {
      const { user, system } = process.cpuUsage();
      return [[(user + system) / 1_000_000]];
    });
  }

  #addFeeds(): void {
    const { feeds, clock } = this.#options;
    const ofEach = (read: (feed: FeedHealth) => number | undefined) => (): Sample[] =>
      feeds().flatMap((feed) => {
        const value = read(feed);
        return value === undefined ? [] : [[value, feedLabels(feed)]];
      });
    this.#show('tickwire_feed_state', () =>
      feeds().flatMap((feed) =>
        FEED_STATES.map((state): Sample => {
          const simulated = String(feed.simulated);
          return [Number(state === feed.state), { ...feedLabels(feed), simulated, state }];
        }),
      ),
    );
    this.#show(
      'tickwire_feed_data_age_seconds',
      ofEach(({ last_price_at: at }) =>
        at === undefined ? undefined : Math.max(0, clock.now() - Date.parse(at)) / 1_000,
      ),
    );
    this.#show(
      'tickwire_feed_unavailable',
      ofEach(({ instruments = [] }) => instruments.length),
    );
    this.#show(
      'tickwire_feed_rejected_frames_total',
      ofEach(({ rejected_frames: count }) => count),
    );
  }

  #addHistory(): void {
    const { history } = this.#options;
    for (const [key, name] of Object.entries(HISTORY_METRICS)) {
      // Object.entries widens the keys of a constant.
      this.#show(name, () => [[history()?.[key as keyof typeof HISTORY_METRICS] ?? 0]]);
    }
  }

  /** A metric whose values are read when somebody asks. */
  #show(name: MetricName, read: () => readonly Sample[]): void {
    const { type, help, labels } = METRICS[name];
    const options = { name, help, labelNames: labels, registers: [this.#registry] };
    if (type === 'counter') {
      new Counter({
        ...options,
        collect() {
          this.reset();
          for (const [value, own = {}] of read()) {
            this.inc(own, value);
          }
        },
      });
    } else {
      new Gauge({
        ...options,
        collect() {
          this.reset();
          for (const [value, own = {}] of read()) {
            this.set(own, value);
          }
        },
      });
    }
  }

  #counter(name: MetricName): Counter {
    const { help, labels } = METRICS[name];
    return new Counter({ name, help, labelNames: labels, registers: [this.#registry] });
  }

  #histogram(name: MetricName, buckets: number[]): Histogram {
    const { help, labels } = METRICS[name];
    return new Histogram({ name, help, labelNames: labels, buckets, registers: [this.#registry] });
  }
}

type HistoryCount = Exclude<keyof HistoryHealth, 'reason'>;

/** Every count of `/health`'s history has a metric. */
const HISTORY_METRICS = {
  waiting_quotes: 'tickwire_history_waiting_quotes',
  waiting_candles: 'tickwire_history_waiting_candles',
  waiting_alerts: 'tickwire_history_waiting_alerts',
  overflowing_candles: 'tickwire_history_overflowing_candles',
  incomplete_series: 'tickwire_history_incomplete_series',
  dropped_quotes: 'tickwire_history_dropped_quotes_total',
  untimely_quotes: 'tickwire_history_untimely_quotes_total',
  dropped_trades: 'tickwire_history_dropped_trades_total',
  dropped_alerts: 'tickwire_history_dropped_alerts_total',
  overflowed_candles: 'tickwire_history_overflowed_candles_total',
  owed_candles: 'tickwire_history_owed_candles_total',
  rejected_records: 'tickwire_history_rejected_records_total',
  filled_candles: 'tickwire_history_filled_candles_total',
} as const satisfies Readonly<Record<HistoryCount, MetricName>>;

function feedLabels({ venue, category = '' }: FeedHealth): Labels {
  return { venue, category };
}
