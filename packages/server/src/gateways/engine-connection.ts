/**
 * What the Socket.IO gateway must know of an Engine.IO connection beyond the library's public
 * interface. The private fields of engine.io 6 and ws 8 are read here and nowhere else; where they
 * are not what we expect, the library's own way is left as it is.
 */
import { Socket as NetSocket } from 'node:net';
import type { Socket } from 'socket.io';
import { WebSocket } from 'ws';

export type Connection = Socket['conn'];

/**
 * python-engineio refuses an answer to a poll with more packets than this and drops the
 * connection (`Payload.max_decode_packets`), so an unmodified Python client could never subscribe
 * to all pairs over polling.
 */
const MAX_PACKETS_PER_PYTHON_POLL = 16;
const PYTHON_AGENT = /python|aiohttp/i;

interface Packet {
  readonly type: string;
  readonly data?: unknown;
}

/** As much of a connection as is private. */
interface Internals {
  /** Packets that wait for the transport, or for the client's next poll. */
  readonly writeBuffer: readonly Packet[];
}

/** The WebSocket of a connection, and the connection below it, which takes finished frames. */
export interface WebSocketPair {
  readonly webSocket: WebSocket;
  readonly socket: NetSocket;
}

/**
 * Lets a Python client that polls have at most 16 packets per answer; the rest waits for its next
 * poll, or for the upgrade, in the library's own buffer. Pings go first, because a client that
 * gets its ping too late takes the connection for dead.
 */
export function limitPythonPolls(connection: Connection): void {
  const { transport } = connection;
  const agent = connection.request.headers['user-agent'] ?? '';
  if (transport.name !== 'polling' || !PYTHON_AGENT.test(agent)) {
    return;
  }
  const send = transport.send.bind(transport);
  transport.send = (packets) => {
    const waiting = writeBuffer(connection);
    if (packets.length <= MAX_PACKETS_PER_PYTHON_POLL || waiting === undefined) {
      send(packets);
      return;
    }
    const urgentFirst = packets.toSorted(
      (a, b) => Number(a.type === 'message') - Number(b.type === 'message'),
    );
    waiting.unshift(...urgentFirst.slice(MAX_PACKETS_PER_PYTHON_POLL));
    send(urgentFirst.slice(0, MAX_PACKETS_PER_PYTHON_POLL));
  };
}

/** How many bytes wait to be written to a connection, in the library and in its socket. */
export function waitingBytes(connection: Connection): number {
  let bytes = 0;
  for (const { data } of writeBuffer(connection) ?? []) {
    bytes += sizeOf(data);
  }
  return bytes + (webSocketOf(connection)?.bufferedAmount ?? 0);
}

/** Whether packets wait for the transport, or for the client's next poll. */
export function hasPackets(connection: Connection): boolean {
  return (writeBuffer(connection) ?? []).length > 0;
}

/** Ends a connection at once; what waits to be written to it is dropped. */
export function terminate(connection: Connection): void {
  const webSocket = webSocketOf(connection);
  if (webSocket === undefined) {
    connection.close(true);
  } else {
    // An orderly close would keep what waits until the client has read it.
    webSocket.terminate();
  }
}

/** The WebSocket of a connection; undefined while it polls. */
export function webSocketOf({ transport }: Connection): WebSocket | undefined {
  const webSocket: unknown = Reflect.get(transport, 'socket');
  return webSocket instanceof WebSocket ? webSocket : undefined;
}

/**
 * What finished frames can be written to. Undefined while the connection polls, and where the
 * libraries are not what we know.
 */
export function webSocketPairOf(connection: Connection): WebSocketPair | undefined {
  const webSocket = connection.transport.name === 'websocket' ? webSocketOf(connection) : undefined;
  const socket: unknown = webSocket && Reflect.get(webSocket, '_socket');
  return webSocket !== undefined && socket instanceof NetSocket && internalsOf(connection)
    ? { webSocket, socket }
    : undefined;
}

/** The connection as its library sees it, if it is what we know. */
export function internalsOf(connection: object): Internals | undefined {
  return hasInternals(connection) ? connection : undefined;
}

function hasInternals(connection: object): connection is Internals {
  return 'writeBuffer' in connection && Array.isArray(connection.writeBuffer);
}

function writeBuffer(connection: Connection): Packet[] | undefined {
  const buffer: unknown = Reflect.get(connection, 'writeBuffer');
  return Array.isArray(buffer) ? (buffer as Packet[]) : undefined;
}

function sizeOf(data: unknown): number {
  if (typeof data === 'string') {
    return data.length;
  }
  return data instanceof Uint8Array ? data.byteLength : 0;
}
