import type { BusHealth, FeedHealth, Health, HistoryHealth } from '@tickwire/protocol';
import type { Listening } from '../api/listeners.ts';
import type { Admission } from '../gateways/admission.ts';
import type { History } from './history.ts';

export interface HealthOptions {
  readonly admission: Admission;
  readonly feeds: readonly FeedHealth[];
  readonly rejectedCandles: number;
  readonly databaseMode: Health['mode']['database'];
  /** Why the configured Redis cannot be used; undefined while it can. */
  readonly redisTrouble: string | undefined;
  /** Undefined where there is no Redis. */
  readonly bus: BusHealth | undefined;
  /** Undefined where nothing is kept. */
  readonly history: Pick<History, 'stats' | 'trouble' | 'completeness'> | undefined;
  readonly timestamp: () => string;
  readonly isClosing: boolean;
  readonly listening: readonly Listening[];
}

/** The health of everything, under the name that clients of the given port expect. */
export function readHealth(options: HealthOptions, localPort: number | undefined): Health {
  const { feeds, isClosing, history, bus, redisTrouble } = options;
  const error = isClosing
    ? 'The server is shutting down'
    : ((history?.trouble && `The database cannot be used: ${history.trouble}`) ??
      (redisTrouble && `Redis cannot be used: ${redisTrouble}`));
  const isRecording = history?.stats().trouble === undefined;
  const isHealthy = isRecording && !feeds.some(isInTrouble);
  return {
    status: error !== undefined ? 'unhealthy' : isHealthy ? 'healthy' : 'degraded',
    service: serviceOf(options.listening, localPort),
    timestamp: options.timestamp(),
    active_clients: options.admission.count,
    max_clients: options.admission.limit,
    services: {
      redis: redisTrouble === undefined ? 'connected' : 'disconnected',
      database: history?.trouble === undefined ? 'connected' : 'disconnected',
      api: isClosing ? 'shutting down' : 'running',
    },
    mode: { bus: bus === undefined ? 'embedded' : 'redis', database: options.databaseMode },
    feeds,
    rejected_candles: options.rejectedCandles,
    ...(history === undefined ? {} : { history: readHistoryHealth(history) }),
    ...(bus === undefined ? {} : { bus }),
    ...(error === undefined ? {} : { error }),
  };
}

/** What became of what was to be kept, and how complete it is. */
export function readHistoryHealth({
  stats,
  completeness: { oanda, bybit },
}: Pick<History, 'stats' | 'completeness'>): HistoryHealth {
  const counts = stats();
  const reason = counts.trouble ?? oanda.reason ?? bybit.reason;
  return {
    ...(reason === undefined ? {} : { reason }),
    waiting_quotes: counts.waitingQuotes,
    waiting_candles: counts.waitingCandles,
    waiting_alerts: counts.waitingAlerts,
    overflowing_candles: counts.overflowingCandles,
    dropped_quotes: counts.droppedQuotes,
    untimely_quotes: counts.untimelyQuotes,
    dropped_trades: counts.droppedTrades,
    dropped_alerts: counts.droppedAlerts,
    overflowed_candles: counts.overflowedCandles,
    owed_candles: counts.owedCandles,
    rejected_records: counts.rejectedRecords,
    filled_candles: oanda.filledCandles + bybit.filledCandles,
    incomplete_series: oanda.incompleteSeries + bybit.incompleteSeries,
  };
}

function isInTrouble({ state, instruments = [] }: FeedHealth): boolean {
  return state === 'down' || state === 'stale' || instruments.length > 0;
}

function serviceOf(listening: readonly Listening[], localPort: number | undefined): string {
  const address = listening.find(({ boundPort }) => boundPort === localPort);
  return address?.variable === 'WEBSOCKET_PORT' ? 'WebSocket Server' : 'REST API';
}
