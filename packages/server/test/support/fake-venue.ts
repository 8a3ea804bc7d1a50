import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface FakeVenue {
  readonly url: string;
  /** The paths asked for so far, with their time. */
  readonly requests: { readonly path: string; readonly at: number }[];
  close(): Promise<void>;
}

type Handler = (path: string, response: ServerResponse, request: IncomingMessage) => void;

/** An HTTP server that misbehaves as its handler says, until the current test has finished. */
export async function startFakeVenue(handler: Handler): Promise<FakeVenue> {
  const requests: { path: string; at: number }[] = [];
  const server: Server = createServer((request, response) => {
    const path = request.url ?? '';
    requests.push({ path, at: Date.now() });
    handler(path, response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => {
        resolve();
      });
    });
  onTestFinished(close);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, close };
}

/** Answers with JSON. */
export function answer(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers = {},
): void {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}
