import type { Server as HttpServer } from 'node:http';
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { ListenError } from '../domain/errors.ts';

/** One address that the application listens on. */
export interface ListenAddress {
  /** The variables that name the port and the host, for messages. */
  readonly variable: string;
  readonly hostVariable: string;
  readonly host: string;
  /** 0 is any free port. */
  readonly port: number;
}

/** An address with the port that it really has. */
export interface Listening extends ListenAddress {
  readonly boundPort: number;
}

/**
 * One HTTP server on several ports: it listens on the first and takes the connections of all
 * others, so that every port serves the whole application.
 */
export class Listeners {
  readonly #httpServer: HttpServer;
  readonly #addresses: readonly ListenAddress[];
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();

  constructor(httpServer: HttpServer, addresses: readonly ListenAddress[]) {
    this.#httpServer = httpServer;
    this.#addresses = addresses;
  }

  /** Listens on all addresses, or on none and rejects with a {@link ListenError}. */
  async start(): Promise<readonly Listening[]> {
    const listening: Listening[] = [];
    this.#httpServer.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => {
        this.#sockets.delete(socket);
      });
    });
    try {
      for (const address of this.#addresses) {
        const server = this.#servers.length === 0 ? this.#httpServer : this.#forwarder();
        listening.push({ ...address, boundPort: await listen(server, address) });
        this.#servers.push(server);
      }
    } catch (error) {
      this.stopAccepting();
      throw error;
    }
    return listening;
  }

  /** Refuses new connections from now on; those that stand go on. */
  stopAccepting(): void {
    for (const server of this.#servers.splice(0)) {
      server.close();
    }
  }

  /** Ends the connections that still stand. */
  endConnections(): void {
    for (const socket of this.#sockets) {
      socket.destroy();
    }
  }

  #forwarder(): Server {
    return createServer({ noDelay: true }, (socket) => {
      this.#httpServer.emit('connection', socket);
    });
  }
}

async function listen(server: Server, address: ListenAddress): Promise<number> {
  const { host, port } = address;
  await new Promise<void>((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      reject(new ListenError(describe(error, address), { cause: error }));
    };
    server.once('error', onError);
    server.listen({ host, port, backlog: 4_096 }, () => {
      server.off('error', onError);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

function describe(
  { code, message }: NodeJS.ErrnoException,
  { variable, hostVariable, host, port }: ListenAddress,
): string {
  switch (code) {
    case 'EADDRINUSE':
      return `${variable}: port ${port} on ${host} is taken; set another one, 0 for any free one, or off`;
    case 'EACCES':
      return `${variable}: port ${port} on ${host} may not be used by this user`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${hostVariable}: expected an address of this machine, got '${host}'`;
    default:
      return `${variable}: cannot listen on ${host}:${port}: ${message}`;
  }
}
