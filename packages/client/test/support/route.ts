import { WebSocket } from 'ws';

/** A way to whichever server is there now. */
export interface Route {
  url: string;
  /** A WebSocket that goes there, whatever address it is given. */
  readonly WebSocket: typeof WebSocket;
  /** Ends all connections, and lets none through until there is another address. */
  cut(): void;
}

export function routeTo(first: string): Route {
  let url: string | undefined = first;
  const sockets = new Set<WebSocket>();
  class RoutedWebSocket extends WebSocket {
    constructor() {
      // Nobody is at the port of the discard service.
      super(`${url ?? 'http://127.0.0.1:9'}/api/v1/stream`);
      sockets.add(this);
      this.on('close', () => {
        sockets.delete(this);
      });
    }
  }
  return {
    get url() {
      return url ?? '';
    },
    set url(next) {
      url = next;
    },
    WebSocket: RoutedWebSocket,
    cut() {
      url = undefined;
      for (const socket of sockets) {
        socket.terminate();
      }
    },
  };
}
