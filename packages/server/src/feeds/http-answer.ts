import {
  type Agent,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  get as getHttp,
} from 'node:http';
import { get as getHttps } from 'node:https';
import { FeedError, toError } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';

const MAX_BODY_BYTES = 8_388_608;
const MAX_ERROR_BYTES = 65_536;
const MAX_ERROR_MS = 1_000;

export interface GetOptions {
  /** False for a connection of its own. */
  readonly agent: Agent | false;
  readonly headers?: OutgoingHttpHeaders;
  readonly signal: AbortSignal;
}

/**
 * Asks a venue; resolves once it has begun to answer, whatever its status. Not `fetch`, which opens
 * connections of its own accord: a spare one after an abort, a second one for a request that
 * follows at once. Venues count connections.
 */
export async function getAnswer(url: URL, options: GetOptions): Promise<IncomingMessage> {
  const get = url.protocol === 'https:' ? getHttps : getHttp;
  return new Promise<IncomingMessage>((resolve, reject) => {
    get(url, options, resolve)
      .on('error', reject)
      // An answer of 101 ends the connection without an error.
      .on('close', () => {
        reject(new Error('the connection ended before an answer'));
      });
  });
}

/** The whole of an answer; rejects with a FeedError for one that does not end. */
export async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > MAX_BODY_BYTES) {
      const message = `Expected an answer of at most ${MAX_BODY_BYTES} bytes`;
      throw new FeedError('FEED_INVALID_ANSWER', message);
    }
  }
  return Buffer.concat(chunks).toString();
}

/** What can be had of the words of a refusal: its status counts, whatever becomes of them. */
export async function readRefusal(response: IncomingMessage, clock: Clock): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const timer = clock.schedule(MAX_ERROR_MS, () => {
    response.destroy();
  });
  try {
    for await (const chunk of response) {
      chunks.push(chunk as Buffer);
      bytes += (chunk as Buffer).length;
      if (bytes > MAX_ERROR_BYTES) {
        break;
      }
    }
  } catch {
    // Cut off or too slow: what has come will do.
  } finally {
    timer.cancel();
  }
  return Buffer.concat(chunks).toString();
}

/** What is to be said of a network failure. */
export function describeFailure(error: unknown): string {
  const { code, message } = toError(error) as NodeJS.ErrnoException;
  return code ?? message;
}
