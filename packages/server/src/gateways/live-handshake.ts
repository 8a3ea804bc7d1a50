import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { DEFLATE_OPTIONS, hasAcceptableOffer } from './deflate.ts';

export interface LiveHandshakeOptions {
  /** A client that sends a larger message, after inflation too, is closed. */
  readonly maxMessageBytes: number;
  /** Whether clients that ask for compression get it. */
  readonly isCompressed: boolean;
}

/** How long a client that is closed may take to agree. */
const CLOSE_TIMEOUT_MS = 5_000;

/**
 * Makes WebSockets of upgrade requests. There are two servers of the library behind it, because
 * one that compresses refuses a client whose offer it cannot accept, instead of declining the offer.
 */
export class LiveHandshake {
  readonly #plain: WebSocketServer;
  readonly #compressing: WebSocketServer | undefined;

  constructor({ maxMessageBytes, isCompressed }: LiveHandshakeOptions) {
    const options = {
      noServer: true,
      clientTracking: false,
      maxPayload: maxMessageBytes,
      closeTimeout: CLOSE_TIMEOUT_MS,
    };
    this.#plain = new WebSocketServer(options);
    this.#compressing = isCompressed
      ? new WebSocketServer({ ...options, perMessageDeflate: DEFLATE_OPTIONS })
      : undefined;
  }

  /** Answers the request; calls back, synchronously, where that makes it a WebSocket. */
  complete(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    onOpen: (webSocket: WebSocket) => void,
  ): void {
    const canCompress = hasAcceptableOffer(request.headers['sec-websocket-extensions']);
    const server = (canCompress ? this.#compressing : undefined) ?? this.#plain;
    server.handleUpgrade(request, socket, head, onOpen);
  }
}
