import type { ServerEvents } from '@tickwire/protocol';
import type { DefaultEventsMap, Socket } from 'socket.io';
import type { Clock } from '../ports/clock.ts';
import { hasPackets } from './engine-connection.ts';
import { jitteredRetryAfter } from './retry-after.ts';

type LeavingSocket = Socket<DefaultEventsMap, ServerEvents>;

/** How long clients have to take the notice that the server goes. */
export const GOODBYE_MS = 2_000;

/** Tells clients that the server goes, each once. */
export class Farewell {
  readonly #clock: Clock;
  readonly #told = new WeakSet<LeavingSocket>();
  #hasBegun = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the server goes: nobody is let in any more. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Resolves when the connections of those who are told are gone, or have had time enough. */
  async say(sockets: Iterable<LeavingSocket>): Promise<void> {
    this.#hasBegun = true;
    const untold = [...sockets].filter((socket) => !this.#told.has(socket));
    const goodbyes = untold.map((socket) => {
      this.#told.add(socket);
      return sayGoodbye(socket);
    });
    await Promise.race([Promise.all(goodbyes), this.#clock.sleep(GOODBYE_MS)]);
  }
}

/**
 * Tells a client that the server goes and when to come back, then ends its connection in a way
 * after which every known client comes back by itself: the transport is closed, never the
 * namespace, and a polling client is not sent the close packet that python-socketio takes for
 * final. Resolves when the connection is gone; a client that takes nothing never lets it.
 */
async function sayGoodbye(socket: LeavingSocket): Promise<void> {
  const { conn } = socket;
  const retryAfter = jitteredRetryAfter();
  // A client that changes its transport now would not notice the end of either, for half a minute.
  if (conn.upgrading) {
    await new Promise<void>((resolve) => {
      for (const event of ['upgrade', 'close']) {
        conn.once(event, () => {
          resolve();
        });
      }
    });
  }
  await new Promise<void>((resolve) => {
    conn.once('close', () => {
      resolve();
    });
    conn.on('drain', () => {
      // A poll of a Python client takes only so many packets; this one is the last.
      if (!hasPackets(conn)) {
        conn.close(conn.transport.name === 'polling');
      }
    });
    socket.emit('server_error', {
      error: 'Server is shutting down',
      message: `Come back in ${retryAfter} s`,
      retry_after: retryAfter,
    });
  });
}
