import type { ServerEvents } from '@tickwire/protocol';
import type { DefaultEventsMap, Socket } from 'socket.io';

const RETRY_AFTER_S = { min: 1, max: 5 };

/**
 * Tells a client that the server goes and when to come back, then ends its connection in a way
 * after which every known client comes back by itself: the transport is closed, never the
 * namespace, and a polling client is not sent the close packet that python-socketio takes for
 * final. Resolves when the connection is gone; a client that takes nothing never lets it.
 */
export async function sayGoodbye(socket: Socket<DefaultEventsMap, ServerEvents>): Promise<void> {
  const { conn } = socket;
  // Jittered, so that not all of them are back at the same moment.
  const { min, max } = RETRY_AFTER_S;
  const retryAfter = Math.round((min + Math.random() * (max - min)) * 10) / 10;
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
