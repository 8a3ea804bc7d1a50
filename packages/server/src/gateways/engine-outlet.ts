import { WebSocket } from 'ws';
import {
  type Connection,
  type WebSocketPair,
  internalsOf,
  waitingBytes,
  webSocketPairOf,
} from './engine-connection.ts';
import type { TextFrame } from './frame.ts';
import type { Outlet } from './outlet.ts';
import { onceTaken } from './web-socket-outlet.ts';

/** Of the packet's type, which the frame begins with and the library adds by itself. */
const MESSAGE_TYPE_LENGTH = 1;

/**
 * A Socket.IO connection. Over WebSocket, finished frames go straight to the connection below the
 * library as long as the library has nothing to write itself; else, and while the client polls or
 * changes its transport, they are packets of the library's like any other.
 */
export class EngineOutlet implements Outlet {
  readonly #connection: Connection;
  readonly #internals: ReturnType<typeof internalsOf>;
  #pair: WebSocketPair | undefined;
  #isCompressed = false;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#internals = internalsOf(connection);
    this.#look();
    if (this.#pair === undefined) {
      connection.once('upgrade', () => {
        this.#look();
      });
    }
  }

  get isCompressed(): boolean {
    return this.#isCompressed;
  }

  get isOpen(): boolean {
    const { webSocket } = this.#pair ?? {};
    const isTransportOpen = webSocket === undefined || webSocket.readyState === WebSocket.OPEN;
    return isTransportOpen && this.#connection.readyState === 'open';
  }

  get isDirect(): boolean {
    return this.#pair !== undefined;
  }

  get isClear(): boolean {
    const pair = this.#pair;
    return (
      pair !== undefined &&
      pair.webSocket.bufferedAmount === 0 &&
      this.#internals?.writeBuffer.length === 0 &&
      pair.webSocket.readyState === WebSocket.OPEN &&
      this.#connection.readyState === 'open'
    );
  }

  get waitingBytes(): number {
    return waitingBytes(this.#connection);
  }

  write(bytes: Buffer): void {
    this.#pair?.socket.write(bytes);
  }

  append(frames: readonly TextFrame[]): void {
    for (const frame of frames) {
      // What the library writes over a WebSocket that has not agreed on compression.
      const options = { compress: true, wsPreEncodedFrame: [frame.plain] };
      this.#connection.write(frame.text.slice(MESSAGE_TYPE_LENGTH), options);
    }
  }

  onceClear(callback: () => void): void {
    const { socket } = this.#pair ?? {};
    if (socket === undefined) {
      setImmediate(callback);
    } else {
      onceTaken(socket, callback);
    }
  }

  #look(): void {
    this.#pair = webSocketPairOf(this.#connection);
    this.#isCompressed = this.#pair?.webSocket.extensions.includes('permessage-deflate') === true;
  }
}
