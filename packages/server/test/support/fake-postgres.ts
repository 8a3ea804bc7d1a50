import { type AddressInfo, type Socket, createServer } from 'node:net';
import { onTestFinished } from 'vitest';

/** A server on the loopback that only talks as a test wants it to. */
export interface FakePostgres {
  readonly port: number;
  /** The connections that no client has ended. */
  readonly sockets: ReadonlySet<Socket>;
}

/** What a server answers to what a client sends, the nth time on one connection, first 0. */
export type Answer = (socket: Socket, count: number) => void;

/** What begins a session of any user without asking for a password. */
export const WELCOME = Buffer.concat([
  messageOf('R', [0, 0, 0, 0]),
  messageOf('Z', ['I'.charCodeAt(0)]),
]);

/** What ends a statement that has no rows. */
export const DONE = Buffer.concat([
  messageOf('C', [...Buffer.from('SET\0')]),
  messageOf('Z', ['I'.charCodeAt(0)]),
]);

/** A message as https://www.postgresql.org/docs/current/protocol-message-formats.html has it. */
export function messageOf(type: string, body: readonly number[]): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(4 + body.length);
  return Buffer.concat([Buffer.from(type), length, Buffer.from(body)]);
}

/** Starts one that is closed, with its connections, when the current test has finished. */
export async function startFakePostgres(answer: Answer): Promise<FakePostgres> {
  const sockets = new Set<Socket>();
  const all: Socket[] = [];
  // What a client ends stays open, as where the host is gone.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    all.push(socket);
    socket.on('error', () => undefined);
    socket.on('end', () => {
      sockets.delete(socket);
    });
    let count = 0;
    socket.on('data', () => {
      answer(socket, count);
      count += 1;
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(async () => {
    for (const socket of all) {
      socket.destroy();
    }
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { port, sockets };
}
