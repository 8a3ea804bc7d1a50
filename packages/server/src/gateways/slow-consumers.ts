import type { Clock, ScheduledCall } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { type Connection, terminate, waitingBytes } from './engine-connection.ts';

const SWEEP_MS = 1_000;

export interface SlowConsumersOptions {
  /** How many bytes may wait for one client. */
  readonly maxWaitingBytes: number;
  readonly connections: () => Iterable<Connection>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Closes clients that do not read what they are sent, so that one of them can neither take the
 * memory nor slow the others. Looks at everybody once a second, and at whoever asks for more.
 */
export class SlowConsumers {
  readonly #options: SlowConsumersOptions;
  #sweep: ScheduledCall | undefined;

  constructor(options: SlowConsumersOptions) {
    this.#options = options;
  }

  start(): void {
    const { clock, connections } = this.#options;
    this.#sweep = clock.schedule(SWEEP_MS, () => {
      for (const connection of connections()) {
        this.closeIfSlow(connection);
      }
      this.start();
    });
  }

  stop(): void {
    this.#sweep?.cancel();
  }

  /** Closes the connection if too much waits for it, and says whether it did. */
  closeIfSlow(connection: Connection): boolean {
    const waiting = waitingBytes(connection);
    if (waiting <= this.#options.maxWaitingBytes) {
      return false;
    }
    this.#options.logger.warn(
      { client: connection.remoteAddress, waiting },
      'Closed a client that is too slow',
    );
    terminate(connection);
    return true;
  }
}
