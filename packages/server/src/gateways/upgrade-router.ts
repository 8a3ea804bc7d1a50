import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { Duplex } from 'node:stream';

/** Takes over a connection that asks for an upgrade, or returns false to leave it to others. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;

/**
 * The one listener for upgrades of the HTTP server: offers each to every handler in turn, and
 * refuses what none takes. Without it each library would destroy what belongs to another.
 */
export function routeUpgrades(httpServer: HttpServer, handlers: readonly UpgradeHandler[]): void {
  httpServer.on('upgrade', (request, socket, head) => {
    // A peer that resets meanwhile must not end the program.
    socket.on('error', () => {
      socket.destroy();
    });
    if (!handlers.some((handle) => handle(request, socket, head))) {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    }
  });
}
