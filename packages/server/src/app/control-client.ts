import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import type { z } from 'zod';
import { StoreError } from '../domain/errors.ts';
import {
  backfillAnswer,
  fromErrorMessage,
  gapsAnswer,
  jobsAnswer,
  parseControlMessage,
  runJobAnswer,
} from './control-messages.ts';
import type { HistoryCommands, HistoryWatch } from './history-request.ts';
import type { JobCommands } from './job-request.ts';

/** The commands of the server that answers on a control socket; undefined where none does. */
export async function connectControl(
  path: string,
): Promise<(HistoryCommands & JobCommands) | undefined> {
  if (!(await isAnswering(path))) {
    return undefined;
  }
  return {
    backfill: (request, watch) => call(path, '/backfill', request, watch, backfillAnswer),
    gaps: (request, watch) => call(path, '/gaps', request, watch, gapsAnswer),
    jobs: (request, watch) => call(path, '/jobs', request, watch, jobsAnswer),
    runJob: (request, watch) => call(path, '/jobs/run', request, watch, runJobAnswer),
  };
}

/** Whether somebody listens on a socket. */
export async function isAnswering(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    // There is none, it is of a server that was killed, or it is not for us.
    return false;
  } finally {
    socket.destroy();
  }
}

async function call<Answer>(
  socketPath: string,
  path: string,
  body: object,
  watch: HistoryWatch,
  schema: z.ZodType<Answer>,
): Promise<Answer> {
  const { signal } = watch;
  signal.throwIfAborted();
  try {
    const sent = httpRequest({ socketPath, path, method: 'POST', agent: false, signal });
    sent.end(JSON.stringify(body));
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return schema.parse(await readReport(response, watch));
  } catch (error) {
    signal.throwIfAborted();
    throw isBroken(error)
      ? new StoreError('STORE_UNAVAILABLE', 'The server ended before it was done', { cause: error })
      : error;
  }
}

/** Resolves with the report that the answer ends with; rejects with the error that it tells. */
async function readReport(response: IncomingMessage, watch: HistoryWatch): Promise<unknown> {
  for await (const line of linesOf(response)) {
    const message = parseControlMessage(line);
    switch (message.type) {
      case 'progress':
        watch.onProgress(message);
        break;
      case 'warning':
        watch.onWarning(message.message);
        break;
      case 'report':
        return message.report;
      default:
        throw fromErrorMessage(message.code, message.message);
    }
  }
  throw new StoreError('STORE_UNAVAILABLE', 'The server ended before it was done');
}

async function* linesOf(response: IncomingMessage): AsyncIterable<string> {
  response.setEncoding('utf8');
  let parts: string[] = [];
  for await (const chunk of response as AsyncIterable<string>) {
    const [first = '', ...others] = chunk.split('\n');
    parts.push(first);
    for (const next of others) {
      yield parts.join('');
      parts = [next];
    }
  }
}

/** Whether it is the connection that failed. */
function isBroken(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && /^(E[A-Z]+|ERR_STREAM_)/.test(String(error.code))
  );
}
