/** The part of a WebSocket that is used: that of browsers, of Node.js and of `ws` have it. */
export interface WebSocketLike {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(text: string): void;
  close(code?: number): void;
  /** Ends it without a word, where it can: a peer that is silent would not answer one. */
  terminate?(): void;
}

export type WebSocketConstructor = new (url: string) => WebSocketLike;

const STREAM_PATH = '/api/v1/stream';
const WEB_SOCKET_PROTOCOLS = new Map([
  ['http:', 'ws:'],
  ['https:', 'wss:'],
  ['ws:', 'ws:'],
  ['wss:', 'wss:'],
]);

/** The address of the stream on a server; throws a TypeError for what is no server's address. */
export function streamUrl(server: string): string {
  const url = new URL(server);
  const protocol = WEB_SOCKET_PROTOCOLS.get(url.protocol);
  if (protocol === undefined) {
    throw new TypeError(`Expected a ws, wss, http or https address, got ${server}`);
  }
  url.protocol = protocol;
  url.hash = '';
  const path = url.pathname.replace(/\/+$/, '');
  url.pathname = path.endsWith(STREAM_PATH) ? path : path + STREAM_PATH;
  return url.href;
}

/** The WebSocket of this browser or Node.js (22 and newer); throws a TypeError where is none. */
export function globalWebSocket(): WebSocketConstructor {
  if (!('WebSocket' in globalThis)) {
    throw new TypeError('There is no global WebSocket: pass one, such as that of the package ws');
  }
  return globalThis.WebSocket;
}
