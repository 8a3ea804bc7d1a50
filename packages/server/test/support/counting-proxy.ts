import { type AddressInfo, type Socket, connect, createServer } from 'node:net';

export interface CountingProxy {
  readonly url: string;
  /** How many connections go through it now. */
  count(): number;
  /** Breaks all of them. */
  drop(): void;
  close(): Promise<void>;
}

/** Passes TCP connections on to an address, and knows them. */
export async function startCountingProxy(target: string): Promise<CountingProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const server = createServer((inner) => {
    const outer = connect(Number(port), hostname);
    sockets.add(inner);
    inner.pipe(outer).pipe(inner);
    const end = (): void => {
      sockets.delete(inner);
      inner.destroy();
      outer.destroy();
    };
    for (const socket of [inner, outer]) {
      socket.on('error', end);
      socket.on('close', end);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const drop = (): void => {
    for (const socket of sockets) {
      socket.resetAndDestroy();
    }
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    count: () => sockets.size,
    drop,
    close: () =>
      new Promise((resolve) => {
        drop();
        server.close(() => {
          resolve();
        });
      }),
  };
}
