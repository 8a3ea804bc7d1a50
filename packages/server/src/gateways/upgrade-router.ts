import { type IncomingMessage, type Server as HttpServer, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Takes over a connection that asks for an upgrade, or returns false to leave it to others. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;

/**
 * The one listener for upgrades of the HTTP server: offers each to every handler in turn, and
 * refuses what none takes. Without it each library would destroy what belongs to another.
 */
export function routeUpgrades(httpServer: HttpServer, handlers: readonly UpgradeHandler[]): void {
  httpServer.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    destroyOnError(socket);
    const isWebSocket = request.headers.upgrade?.toLowerCase() === 'websocket';
    if (!isWebSocket && socket instanceof Socket) {
      answerAsRequest(httpServer, request, socket);
    } else if (!handlers.some((handle) => handle(request, socket, head))) {
      // The peer may keep its half of the connection open for ever.
      socket.once('finish', () => {
        socket.destroy();
      });
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    }
  });
}

/**
 * A peer that resets meanwhile must not end the program. A function of its own, because what the
 * listener can see lives as long as the connection: the request would.
 */
function destroyOnError(socket: Duplex): void {
  socket.on('error', () => {
    socket.destroy();
  });
}

/**
 * Ignores a wish for another protocol, such as `h2c`, which some HTTP clients add to every
 * request. Source: RFC 9110, 7.8.
 */
function answerAsRequest(httpServer: HttpServer, request: IncomingMessage, socket: Socket): void {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once('finish', () => {
    socket.destroySoon();
  });
  httpServer.emit('request', request, response);
}
