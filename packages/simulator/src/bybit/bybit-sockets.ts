/** Bybit's WebSocket side: who is let in, and how faults end connections. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import { type BybitCategory, isBybitCategory } from './bybit-category.ts';
import { type BybitConnection, openBybitConnection } from './bybit-connection.ts';
import type { BybitVenue } from './bybit-venue.ts';
import type { FaultState } from '../faults/faults.ts';
import { mixInteger } from '../market/integer-hash.ts';
import type { RateLimit } from '../http/rate-limit.ts';

/** More than all the names that one socket may follow. */
const MAX_FRAME_BYTES = 256 * 1024;
const REASONS: Readonly<Record<number, string>> = {
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
};

/** What the WebSocket side is made of. */
export interface SocketsOptions {
  readonly venue: BybitVenue;
  readonly faults: FaultState;
  readonly connectionLimit: RateLimit;
  readonly idleMs: number;
  readonly now: () => number;
  readonly log: (line: string) => void;
}

export interface BybitSockets {
  /** Answers one request to upgrade; resolves once it is let in or refused. */
  upgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void>;
  closeAll(): void;
}

/** Follows the faults that end connections for as long as it lives. */
export function createBybitSockets(options: SocketsOptions): BybitSockets {
  const { venue, faults, connectionLimit, idleMs, now, log } = options;
  const open = new Set<BybitConnection>();
  const closed = new AbortController();
  let closer: NodeJS.Timeout | undefined;
  let connectionCount = 0;
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: { serverNoContextTakeover: true, clientNoContextTakeover: true },
  });

  faults.onSet((command) => {
    if (command.fault === 'drop') {
      for (const connection of [...open]) {
        dropIfOrdered(connection);
      }
      if (command.count === undefined && command.forMs === undefined) {
        faults.clear('drop');
      }
    } else if (command.fault === 'close-every') {
      clearInterval(closer);
      closer = setInterval(closeAsOrdered, command.everyMs);
    }
  });

  function dropIfOrdered(connection: BybitConnection): void {
    const drop = faults.take('drop');
    if (drop !== undefined) {
      connection.end(drop.mode ?? 'reset');
    }
  }

  function closeAsOrdered(): void {
    if (faults.take('close-every') === undefined) {
      clearInterval(closer);
      return;
    }
    for (const connection of [...open]) {
      connection.end('reset');
    }
  }

  /** The status that a request to connect is refused with; undefined if it is let in. */
  function refusal(request: IncomingMessage): number | undefined {
    if (!connectionLimit.take(request.socket.remoteAddress ?? '')) {
      return 403;
    }
    if (faults.take('unauthorized') !== undefined) {
      return 403;
    }
    if (faults.take('too-many-requests') !== undefined) {
      return 429;
    }
    return faults.take('unavailable') === undefined ? undefined : 503;
  }

  async function upgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    socket.on('error', (error) => {
      log(`A connection failed: ${error.message}`);
    });
    const slow = faults.take('slow');
    if (slow !== undefined) {
      await delay(slow.delayMs, undefined, { signal: closed.signal, ref: false });
    }
    const category = categoryOf(request.url);
    const status = category === undefined ? 404 : refusal(request);
    if (category === undefined || status !== undefined) {
      // A client that keeps its side open would hold the connection, and the closing of the server.
      socket.once('finish', () => socket.destroy());
      socket.end(refusalText(status ?? 404));
      return;
    }
    server.handleUpgrade(request, socket, head, (webSocket) => {
      connectionCount += 1;
      const id = connectionId(connectionCount, now());
      const shared = { venue, faults, idleMs, now, log };
      const connection = openBybitConnection(
        { webSocket, socket, id, category, ...shared },
        (ended) => open.delete(ended),
      );
      open.add(connection);
      dropIfOrdered(connection);
    });
  }

  return {
    upgrade,
    closeAll() {
      closed.abort();
      clearInterval(closer);
      for (const connection of [...open]) {
        connection.end('end');
      }
      for (const client of server.clients) {
        client.terminate();
      }
      server.close();
    },
  };
}

/** `/v5/public/linear` is the address of `linear`. */
function categoryOf(url: string | undefined): BybitCategory | undefined {
  const [, name] = /^\/v5\/public\/([a-z]+)(?:\?.*)?$/.exec(url ?? '') ?? [];
  return isBybitCategory(name) ? name : undefined;
}

function refusalText(status: number): string {
  return (
    `HTTP/1.1 ${status} ${REASONS[status] ?? ''}\r\n` +
    'Content-Length: 0\r\nConnection: close\r\n\r\n'
  );
}

/** Looks like Bybit's: `da7tou12ob6fpjtusqi0-8f1rr`. */
function connectionId(count: number, nowMs: number): string {
  const part = (seed: number): string => (mixInteger(seed) >>> 0).toString(36).padStart(7, '0');
  return `d${part(nowMs)}${part(count)}${part(nowMs + count)}-${count.toString(36)}`;
}
