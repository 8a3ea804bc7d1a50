import { type AddressInfo, createServer } from 'node:net';
import { onTestFinished } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { waitFor } from '../../support/wait-for.ts';

/** What the feed sends; a ping has no arguments. */
export interface ClientFrame {
  readonly op: string;
  readonly req_id?: string;
  readonly args?: readonly string[];
}

export interface FakeSockets {
  readonly url: string;
  /** The connections so far, and when each came. */
  readonly connections: { readonly socket: WebSocket; readonly path: string }[];
  /** The frames that came, of all connections. */
  readonly frames: ClientFrame[];
  /** Sends a frame over the newest connection. */
  send(frame: object | string | Buffer): void;
  /** Resolves with the first frame from number `from` on that asks for this. */
  asked(op: string, topic?: string, from?: number): Promise<ClientFrame>;
}

type OnFrame = (frame: ClientFrame, send: (frame: object) => void) => void;

/** Answers every question with yes. */
export const acceptAll: OnFrame = ({ op, req_id: requestId }, send) => {
  if (op !== 'ping') {
    send({ success: true, ret_msg: '', conn_id: 'c', req_id: requestId, op });
  }
};

/** A WebSocket server that does as it is told, until the current test has finished. */
export async function startFakeSockets(onFrame: OnFrame = () => undefined): Promise<FakeSockets> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  const connections: FakeSockets['connections'] = [];
  const frames: ClientFrame[] = [];
  server.on('connection', (socket, { url }) => {
    connections.push({ socket, path: url ?? '' });
    socket.on('error', () => undefined);
    socket.on('message', (data) => {
      const frame = JSON.parse((data as Buffer).toString()) as ClientFrame;
      frames.push(frame);
      onFrame(frame, (answer) => {
        socket.send(JSON.stringify(answer));
      });
    });
  });
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(async () => {
    server.clients.forEach((client) => {
      client.terminate();
    });
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections,
    frames,
    send: (frame) => {
      const data = typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : toText(frame);
      connections.at(-1)?.socket.send(data);
    },
    asked: (op, topic, from = 0) =>
      waitFor(
        () =>
          frames
            .slice(from)
            .find((frame) => frame.op === op && (topic === undefined || isFor(frame, topic))),
        `${op} ${topic ?? ''}`,
      ),
  };
}

/** A port that answers each connection with a text, or with nothing at all. */
export async function startRawServer(text?: string): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    if (text !== undefined) {
      socket.end(text);
    }
    onTestFinished(() => {
      socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function toText(frame: object): string {
  return JSON.stringify(frame);
}

function isFor({ args = [] }: ClientFrame, topic: string): boolean {
  return args.includes(topic);
}
