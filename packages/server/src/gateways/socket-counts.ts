import type { ClientSocket, SocketChannels } from './socket-channels.ts';

/** How many clients of Socket.IO there are, by transport, and what they follow. */
export interface SocketCounts {
  readonly polling: number;
  readonly websocket: number;
  readonly pairs: number;
  /** Pairs and channels, each once per client. */
  readonly subscriptions: number;
}

/** Counts clients that have joined the namespace. */
export function countSockets(
  sockets: Iterable<ClientSocket>,
  channels: Pick<SocketChannels, 'subscriptionsOf'>,
): SocketCounts {
  const counts = { polling: 0, websocket: 0, pairs: 0, subscriptions: 0 };
  for (const socket of sockets) {
    counts[socket.conn.transport.name === 'websocket' ? 'websocket' : 'polling'] += 1;
    counts.pairs += socket.data.subscriptions.size;
    counts.subscriptions +=
      socket.data.subscriptions.size + channels.subscriptionsOf(socket).length;
  }
  return counts;
}
