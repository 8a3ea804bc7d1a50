import type { LiveError, LiveHeartbeat } from '@tickwire/protocol';
import type { ClientDialect } from './live-client.ts';

/** How clients of one channel are told of errors and that the server is there. */
export function createLiveDialect(timestamp: () => string): ClientDialect {
  return {
    error: (code, { message, details = {}, retryAfter }): LiveError => ({
      type: 'error',
      error_code: code,
      error_message: message,
      details,
      ...(retryAfter === undefined ? {} : { retry_after: retryAfter }),
      timestamp: timestamp(),
    }),
    heartbeat: (): LiveHeartbeat => ({ type: 'heartbeat', timestamp: timestamp() }),
  };
}
