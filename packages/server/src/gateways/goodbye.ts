import type { ServerEvents } from '@tickwire/protocol';
import type { DefaultEventsMap, Socket } from 'socket.io';
import type { Clock } from '../ports/clock.ts';
import { jitteredRetryAfter } from './retry-after.ts';

type LeavingSocket = Socket<DefaultEventsMap, ServerEvents>;

/** How long clients have to take the notice that the server goes. */
const GOODBYE_MS = 2_000;

/** Resolves when all connections are gone, or have had time enough. */
export async function sayGoodbye(sockets: Iterable<LeavingSocket>, clock: Clock): Promise<void> {
  const goodbyes = Promise.all(Array.from(sockets, (socket) => sayGoodbyeTo(socket)));
  await Promise.race([goodbyes, clock.sleep(GOODBYE_MS)]);
}

/**
 * Tells a client that the server goes and when to come back, then ends its connection in a way
 * after which every known client comes back by itself: the transport is closed, never the
 * namespace, and a polling client is not sent the close packet that python-socketio takes for
 * final. Resolves when the connection is gone; a client that takes nothing never lets it.
 */
async function sayGoodbyeTo(socket: LeavingSocket): Promise<void> {
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
    conn.once('drain', () => {
      conn.close(conn.transport.name === 'polling');
    });
    socket.emit('server_error', {
      error: 'Server is shutting down',
      message: `Come back in ${retryAfter} s`,
      retry_after: retryAfter,
    });
  });
}
