import type { FeedHealth, Health } from '@tickwire/protocol';
import type { Listening } from '../api/listeners.ts';
import type { Admission } from '../gateways/admission.ts';

export interface HealthOptions {
  readonly admission: Admission;
  readonly feeds: readonly FeedHealth[];
  readonly rejectedCandles: number;
  readonly timestamp: () => string;
  readonly isClosing: boolean;
  readonly listening: readonly Listening[];
}

/** The health of everything, under the name that clients of the given port expect. */
export function readHealth(options: HealthOptions, localPort: number | undefined): Health {
  const { feeds, isClosing } = options;
  return {
    status: isClosing ? 'unhealthy' : feeds.some(isInTrouble) ? 'degraded' : 'healthy',
    service: serviceOf(options.listening, localPort),
    timestamp: options.timestamp(),
    active_clients: options.admission.count,
    max_clients: options.admission.limit,
    services: {
      redis: 'connected',
      database: 'connected',
      api: isClosing ? 'shutting down' : 'running',
    },
    mode: { bus: 'embedded', database: 'embedded' },
    feeds,
    rejected_candles: options.rejectedCandles,
    ...(isClosing ? { error: 'The server is shutting down' } : {}),
  };
}

function isInTrouble({ state, instruments = [] }: FeedHealth): boolean {
  return state === 'down' || state === 'stale' || instruments.length > 0;
}

function serviceOf(listening: readonly Listening[], localPort: number | undefined): string {
  const address = listening.find(({ boundPort }) => boundPort === localPort);
  return address?.variable === 'WEBSOCKET_PORT' ? 'WebSocket Server' : 'REST API';
}
