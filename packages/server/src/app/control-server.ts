import { once } from 'node:events';
import { chmod, lstat, rm } from 'node:fs/promises';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import { addAbortSignal } from 'node:stream';
import type { z } from 'zod';
import {
  ConfigError,
  InvalidMessageError,
  ListenError,
  StoreError,
  toError,
} from '../domain/errors.ts';
import type { Logger } from '../ports/logger.ts';
import { isAnswering } from './control-client.ts';
import {
  type ControlMessage,
  INTERNAL,
  backfillRequest,
  gapsRequest,
  jobsRequest,
  runJobRequest,
  toErrorMessage,
} from './control-messages.ts';
import type { HistoryCommands, HistoryWatch } from './history-request.ts';
import type { JobCommands } from './job-request.ts';

export interface ControlServerOptions {
  /** Of the socket; see {@link controlPath}. */
  readonly path: string;
  readonly commands: HistoryCommands & JobCommands;
  readonly logger: Logger;
}

/** Carries out the commands of this machine's command line. */
export interface ControlServer {
  /** Rejects with a ListenError where another server answers already. */
  start(): Promise<void>;
  /** Ends the commands that run, and resolves once they have ended. */
  close(): Promise<void>;
}

/** Twice what the most instruments with the longest names take. */
const MAX_BODY_BYTES = 131_072;
const MAX_CONNECTIONS = 32;
const REQUEST_TIMEOUT_MS = 10_000;
/** Nobody but the user of the server may connect. */
const SOCKET_MODE = 0o600;

/** Why a request is not even tried. */
class RefusedError extends InvalidMessageError {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** What a path does with a body. */
type Run = (body: unknown, watch: HistoryWatch) => Promise<unknown>;

/** A server on the control socket; listens once it has started. */
export function createControlServer(options: ControlServerOptions): ControlServer {
  const { path, commands, logger } = options;
  const stopped = new AbortController();
  const running = new Set<Promise<void>>();
  const routes: ReadonlyMap<string | undefined, Run> = new Map<string, Run>([
    ['/backfill', (body, watch) => commands.backfill(parse(backfillRequest, body), watch)],
    ['/gaps', (body, watch) => commands.gaps(parse(gapsRequest, body), watch)],
    ['/jobs', (body, watch) => commands.jobs(parse(jobsRequest, body), watch)],
    ['/jobs/run', (body, watch) => commands.runJob(parse(runJobRequest, body), watch)],
  ]);
  let closing: Promise<void> | undefined;

  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    const task = answer(request, response);
    running.add(task);
    void task.finally(() => running.delete(task));
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.on('error', (error) => {
    // Before it listens, the start rejects with it.
    if (server.listening) {
      logger.error({ err: error }, 'The control socket failed');
    }
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => {
      gone.abort(new Error('The client has left'));
    });
    const signal = AbortSignal.any([gone.signal, stopped.signal]);
    try {
      const run = routes.get(request.url);
      if (run === undefined) {
        throw new RefusedError(404, 'Expected a path such as /backfill or /gaps');
      }
      if (request.method !== 'POST') {
        throw new RefusedError(405, 'Expected a POST');
      }
      const body = await readJson(request, stopped.signal);
      const report = await run(body, {
        signal,
        onProgress: (progress) => {
          // Who reads slowly wants to know how far it is now, not how far it was.
          if (!response.writableNeedDrain) {
            tell(response, { type: 'progress', ...progress });
          }
        },
        onWarning: (message) => {
          tell(response, { type: 'warning', message });
        },
      });
      tell(response, { type: 'report', report });
    } catch (error) {
      if (!gone.signal.aborted) {
        fail(request, response, stopped.signal.aborted ? stopped.signal.reason : error);
      }
    }
    response.end();
  }

  function fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    const message = toErrorMessage(error);
    if (message.code === INTERNAL) {
      logger.error({ err: toError(error), path: request.url }, 'A command failed');
    }
    if (!response.headersSent) {
      response.statusCode = statusOf(error);
    }
    tell(response, message);
  }

  async function listen(): Promise<void> {
    server.listen(path);
    await once(server, 'listening');
  }

  async function start(): Promise<void> {
    try {
      await listen();
    } catch (error) {
      await makeRoom(path, toError(error));
      await listen();
    }
    if (process.platform !== 'win32') {
      await chmod(path, SOCKET_MODE);
    }
  }

  async function close(): Promise<void> {
    stopped.abort(new StoreError('STORE_UNAVAILABLE', 'The server stops'));
    const closed = server.listening ? once(server, 'close') : undefined;
    server.close();
    await Promise.all(running);
    server.closeAllConnections();
    await closed;
  }

  return {
    start,
    close: () => (closing ??= close()),
  };
}

/** Removes the socket of a server that was killed; rejects where there is no such thing. */
async function makeRoom(path: string, error: NodeJS.ErrnoException): Promise<void> {
  const isStale =
    error.code === 'EADDRINUSE' && (await lstat(path)).isSocket() && !(await isAnswering(path));
  if (!isStale) {
    const reason =
      error.code === 'EADDRINUSE' ? 'another server or a file is there' : error.message;
    throw new ListenError(
      `DATA_DIR: expected ${path} to be free for the control socket: ${reason}`,
      {
        cause: error,
      },
    );
  }
  await rm(path, { force: true });
}

function statusOf(error: unknown): number {
  if (error instanceof RefusedError) {
    return error.status;
  }
  return error instanceof ConfigError || error instanceof InvalidMessageError ? 400 : 500;
}

function tell(response: ServerResponse, message: ControlMessage): void {
  if (!response.headersSent) {
    response.setHeader('content-type', 'application/jsonl');
    // Nobody asks twice over one connection, and what of a body was not read would be in the way.
    response.setHeader('connection', 'close');
  }
  response.write(`${JSON.stringify(message)}\n`);
}

async function readJson(request: IncomingMessage, stopped: AbortSignal): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // To its end, however long it is: who is still writing would not hear why it is refused.
  for await (const chunk of addAbortSignal(stopped, request) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) {
      chunks.push(chunk);
    }
  }
  if (bytes > MAX_BODY_BYTES) {
    throw new RefusedError(413, `Expected at most ${MAX_BODY_BYTES} bytes`);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new InvalidMessageError('Expected the body to be JSON');
  }
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) {
    return result.data;
  }
  const [issue] = result.error.issues;
  throw new InvalidMessageError(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}
