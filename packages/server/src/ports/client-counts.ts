/** How a client is connected. */
export type ClientTransport =
  /** Socket.IO, by requests that wait. */
  | 'socket.io-polling'
  | 'socket.io-websocket'
  /** Plain WebSocket, one channel for each connection. */
  | 'websocket'
  /** Plain WebSocket, any channels. */
  | 'stream';

/** Who is connected now. */
export interface ClientCounts {
  readonly connections: Readonly<Record<ClientTransport, number>>;
  /** Channels and pairs, each once per client. */
  readonly subscriptions: number;
}
