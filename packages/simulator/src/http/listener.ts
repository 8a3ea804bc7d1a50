/** What the venues' listeners have in common: how they begin, where they are, how they end. */
import type { Server } from 'node:http';
import type { Faults, FaultState } from '../faults/faults.ts';

/** What a server answers that is down for maintenance: no JSON. */
export const UNAVAILABLE_HTML =
  '<html><head><title>503 Service Temporarily Unavailable</title></head>' +
  '<body><h1>Service Temporarily Unavailable</h1></body></html>\n';

/** Only what is meant for users: counting a fault as applied is the servers' business. */
export function publicFaults(faults: FaultState): Faults {
  return {
    set: (command) => {
      faults.set(command);
    },
    clear: (fault) => {
      faults.clear(fault);
    },
    list: () => faults.list(),
  };
}

/** Resolves once the server listens; rejects with the system's error if it cannot. */
export function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Stops listening and ends all connections. */
export function closeListener(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}

/** `http://127.0.0.1:port`; throws an Error before the server listens. */
export function urlOf(server: Server, host: string): string {
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new Error('Expected the simulator to be started before its addresses are asked for');
  }
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}
