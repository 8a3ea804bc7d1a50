/** What Prometheus calls the kinds of metrics that there are here. */
export type MetricType = 'counter' | 'gauge' | 'histogram';

export interface MetricDefinition {
  readonly type: MetricType;
  readonly labels: readonly string[];
  /** One line, as `/metrics` has it. */
  readonly help: string;
}

const FEED = ['venue', 'category'] as const;

/**
 * Every metric there is; docs/metrics.md has the same, and says how to read them. Counters count
 * since the start. The one without our prefix has its name from the contract.
 */
export const METRICS = {
  tickwire_connections: gauge(['transport'], 'Clients that are connected'),
  tickwire_subscriptions: gauge([], 'Channels and pairs that clients follow, each once per client'),
  tickwire_deliveries_total: counter([], 'Messages handed to connections, each once per client'),
  tickwire_delivered_bytes_total: counter([], 'Bytes of those, with the frames around them'),
  tickwire_writes_total: counter([], 'Writes to connections that carried them'),
  tickwire_conflated_messages_total: counter([], 'Messages that a newer one took the place of'),
  tickwire_dropped_messages_total: counter([], 'Messages that waited for clients closed as slow'),
  tickwire_slow_closes_total: counter([], 'Clients for whom more waited than may'),
  tickwire_recoveries_total: counter(['outcome'], 'Subscriptions that said what the client has'),
  tickwire_outbox_bytes: gauge([], 'Bytes that wait for clients that are behind'),
  tickwire_flush_messages: histogram([], 'Messages that a turn of the event loop brought'),
  tickwire_flush_seconds: histogram([], 'How long sending them on to all clients took'),
  tickwire_venue_delay_seconds: histogram(['venue'], 'From the time of the venue to receiving'),
  tickwire_undated_events_total: counter(['venue'], 'Events whose time tells nothing of a delay'),
  tickwire_publish_delay_seconds: histogram([], 'From receiving to being on the bus'),
  tickwire_write_delay_seconds: histogram([], 'From the bus to the last write of a turn'),
  tickwire_event_loop_delay_seconds: gauge(['quantile'], 'Delay of the event loop since last read'),
  tickwire_resident_memory_bytes: gauge([], 'Memory of the process'),
  tickwire_cpu_seconds_total: counter([], 'Processor time of the process, all threads'),
  tickwire_feed_state: gauge([...FEED, 'simulated', 'state'], '1 for the state that a feed is in'),
  tickwire_feed_data_age_seconds: gauge(FEED, 'Since the newest data of a feed arrived'),
  tickwire_feed_unavailable: gauge(FEED, 'Instruments and channels that the venue does not bring'),
  tickwire_feed_rejected_frames_total: counter(FEED, 'Frames of a venue that could not be used'),
  tickwire_rejected_candles_total: counter([], 'Candles that could not be true'),
  tickwire_history_waiting_quotes: gauge([], 'Quotes that wait to be kept'),
  tickwire_history_waiting_candles: gauge([], 'Candles that wait to be kept'),
  tickwire_history_waiting_alerts: gauge([], 'Alerts that wait to be kept'),
  tickwire_history_overflowing_candles: gauge([], 'Candles that wait to be kept in a file'),
  tickwire_history_incomplete_series: gauge([], 'Series that are to be whole and are not'),
  tickwire_history_dropped_quotes_total: counter([], 'Quotes for which there was no room'),
  tickwire_history_untimely_quotes_total: counter([], 'Quotes of a time that is not kept'),
  tickwire_history_dropped_trades_total: counter([], 'Trades for which there was no room'),
  tickwire_history_dropped_alerts_total: counter([], 'Alerts for which there was no room'),
  tickwire_history_overflowed_candles_total: counter([], 'Candles that had to wait in a file'),
  tickwire_history_owed_candles_total: counter([], 'Candles without room, to be fetched again'),
  tickwire_history_rejected_records_total: counter([], 'Records that the database refused'),
  tickwire_history_filled_candles_total: counter([], 'Candles that were missing and were fetched'),
  bus_rejected_total: counter(['channel', 'reason'], 'Messages of others that could not be used'),
} satisfies Readonly<Record<string, MetricDefinition>>;

export type MetricName = keyof typeof METRICS;

function counter(labels: readonly string[], help: string) {
  return { type: 'counter', labels, help } as const;
}

function gauge(labels: readonly string[], help: string) {
  return { type: 'gauge', labels, help } as const;
}

function histogram(labels: readonly string[], help: string) {
  return { type: 'histogram', labels, help } as const;
}
