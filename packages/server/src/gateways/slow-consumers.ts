import type { ErrorMessage, ServerEvents } from '@tickwire/protocol';
import type { Clock, ScheduledCall } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { type Connection, terminate, waitingBytes, webSocketOf } from './engine-connection.ts';
import type { Outbox } from './outbox.ts';

const SWEEP_MS = 1_000;
/** How long a client that is closed may take to read why. */
const CLOSE_TIMEOUT_MS = 5_000;
const CLOSE_CODE = 4008;

export interface SlowConsumersOptions {
  /** How many bytes may wait for a connection that is no client yet. */
  readonly maxWaitingBytes: number;
  /** All connections, with the outboxes of those that are clients. */
  readonly connections: () => Iterable<readonly [Connection, Outbox | undefined]>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Closes clients that do not read what they are sent, so that one of them can neither take the
 * memory nor slow the others. Outboxes see to themselves; what the library writes is looked at once
 * a second.
 */
export class SlowConsumers {
  readonly #options: SlowConsumersOptions;
  #sweep: ScheduledCall | undefined;

  constructor(options: SlowConsumersOptions) {
    this.#options = options;
  }

  start(): void {
    const { clock, connections, maxWaitingBytes } = this.#options;
    this.#sweep = clock.schedule(SWEEP_MS, () => {
      for (const [connection, outbox] of connections()) {
        if (outbox !== undefined) {
          outbox.refuseIfSlow();
        } else if (waitingBytes(connection) > maxWaitingBytes) {
          this.#warn(connection, waitingBytes(connection));
          terminate(connection);
        }
      }
      this.start();
    });
  }

  stop(): void {
    this.#sweep?.cancel();
  }

  /**
   * Ends a client that is too slow: it is told so behind what it was sent, and its transport is
   * closed, so that it comes back. One that does not read that either is cut off.
   */
  end(connection: Connection, waiting: number): void {
    this.#warn(connection, waiting);
    const webSocket = webSocketOf(connection);
    if (webSocket === undefined) {
      terminate(connection);
      return;
    }
    webSocket.send(noticeOf(waiting));
    webSocket.close(CLOSE_CODE, 'SLOW_CONSUMER');
    const cutOff = this.#options.clock.schedule(CLOSE_TIMEOUT_MS, () => {
      webSocket.terminate();
    });
    webSocket.once('close', () => {
      cutOff.cancel();
    });
  }

  #warn(connection: Connection, waiting: number): void {
    const client = connection.remoteAddress;
    this.#options.logger.warn({ client, waiting }, 'Closed a client that is too slow');
  }
}

/** An Engine.IO message that holds a Socket.IO event. */
function noticeOf(waiting: number): string {
  const payload: ErrorMessage = {
    error: 'Slow consumer',
    message: `${waiting} bytes wait to be read`,
  };
  return `42${JSON.stringify(['server_error' satisfies keyof ServerEvents, payload])}`;
}
