import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import type { TextFrame } from './frame.ts';
import type { Outlet } from './outlet.ts';

const NOTHING = Buffer.alloc(0);

/**
 * A plain WebSocket. Finished frames go straight to the connection below it; the library, which
 * would encode each of them again for every client, is left with pings, pongs and the end. Both
 * write whole frames at once, so that their order holds.
 */
export class WebSocketOutlet implements Outlet {
  readonly isDirect = true;
  readonly isCompressed: boolean;
  readonly #webSocket: WebSocket;
  readonly #connection: Duplex;

  constructor(webSocket: WebSocket, connection: Duplex) {
    this.isCompressed = webSocket.extensions.includes('permessage-deflate');
    this.#webSocket = webSocket;
    this.#connection = connection;
  }

  get isOpen(): boolean {
    return this.#webSocket.readyState === WebSocket.OPEN && this.#connection.writable;
  }

  get isClear(): boolean {
    const webSocket = this.#webSocket;
    return webSocket.bufferedAmount === 0 && webSocket.readyState === WebSocket.OPEN;
  }

  get waitingBytes(): number {
    return this.#connection.writableLength;
  }

  write(bytes: Buffer): void {
    this.#connection.write(bytes);
  }

  append(frames: readonly TextFrame[]): void {
    for (const frame of frames) {
      this.#connection.write(this.isCompressed ? frame.compressed : frame.plain);
    }
  }

  onceClear(callback: () => void): void {
    onceTaken(this.#connection, callback);
  }
}

/** Calls back once everything that was written to a connection was taken, or it has ended. */
export function onceTaken(connection: Duplex, callback: () => void): void {
  if (connection.writableLength === 0) {
    // What waits is with the library, which needs the event loop to go on with it.
    setImmediate(callback);
  } else {
    // A write of nothing is done when all those before it are.
    connection.write(NOTHING, () => {
      callback();
    });
  }
}
