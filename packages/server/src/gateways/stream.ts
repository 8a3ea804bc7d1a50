import type { StreamId, StreamMessage } from '@tickwire/protocol';
import { z } from 'zod';
import { InvalidMessageError } from '../domain/errors.ts';
import type { Envelope } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { ChannelContents } from './channel-contents.ts';
import { readChannels, readNames } from './channel-request.ts';
import { ChannelSession, type ChannelSessionOptions } from './channel-session.ts';
import { TextFrame } from './frame.ts';
import type { ClientDialect, LiveClient } from './live-client.ts';

export interface StreamsOptions {
  readonly session: ChannelSessionOptions;
  readonly contents: ChannelContents;
  /** A client for whom more than this waits is closed. */
  readonly maxWaitingBytes: number;
  readonly timestamp: () => string;
  readonly clock: Clock;
}

/** The address of the stream. */
const STREAM_PATH = '/api/v1/stream';
/** A replay goes on once no more than this waits for the client. */
const READY_BYTES = 65_536;
const READY_CHECK_MS = 20;

const id = z.union([z.string().max(64), z.number()]).optional();
const request = z.object({
  op: z.enum(['subscribe', 'unsubscribe', 'list', 'ping']),
  id,
  channels: z.unknown().optional(),
});
/** As much of a request that is wrong as its answer needs. */
const answerable = z.object({ id: id.catch(undefined) }).catch({});

/** Whether an address is the stream's. */
export function isStreamAddress(address: string): boolean {
  return address.split('?', 1)[0] === STREAM_PATH;
}

export const STREAM_DIALECT: ClientDialect = {
  error: (code, { message, retryAfter }) => errorOf(code, message, { retryAfter }),
  heartbeat: () => undefined,
};

/** Brings any channels to clients over one WebSocket each: `/api/v1/stream`. */
export class Streams {
  readonly #options: StreamsOptions;
  readonly #frames = new WeakMap<Envelope, Map<string, TextFrame>>();

  constructor(options: StreamsOptions) {
    this.#options = options;
  }

  /** Serves a client until it has gone; the result takes its messages, undefined for no text. */
  open(client: LiveClient): (text: string | undefined) => void {
    const { session: options, clock } = this.#options;
    const session: ChannelSession = new ChannelSession(options, {
      deliver: (channel, seq, envelope) => {
        this.#deliver(client, session, this.#frameOf(channel, seq, envelope));
      },
      deliverState: (state) => {
        this.#deliver(client, session, new TextFrame(JSON.stringify(state)));
      },
      ready: () => (isReady(client) ? undefined : untilReady(client, clock)),
      refuse: () => {
        refuseSlow(client);
      },
    });
    void client.closed.then(() => {
      session.close();
    });
    client.beginAnswers();
    return (text) => {
      void this.#receive(client, session, text);
    };
  }

  #deliver(client: LiveClient, session: ChannelSession, frame: TextFrame): void {
    if (client.waitingBytes > this.#options.maxWaitingBytes) {
      session.close();
      refuseSlow(client);
    } else {
      client.sendFrame(frame);
    }
  }

  async #receive(client: LiveClient, session: ChannelSession, text = ''): Promise<void> {
    const json = parseJson(text);
    const { id } = answerable.parse(json);
    const own = id === undefined ? {} : { id };
    const send = (message: StreamMessage): void => {
      this.#deliver(client, session, new TextFrame(JSON.stringify(message)));
    };
    try {
      const { op, channels } = readRequest(json);
      switch (op) {
        case 'subscribe':
          await session.subscribe(readChannels(channels), (confirmed) => {
            send({ op: 'subscribed', ...own, ...confirmed });
          });
          break;
        case 'unsubscribe':
          await session.unsubscribe(readNames(channels), (left) => {
            send({ op: 'unsubscribed', ...own, ...left });
          });
          break;
        case 'list':
          await session.afterwards(() => {
            send({ op: 'subscriptions', ...own, subscriptions: session.subscriptions });
          });
          break;
        case 'ping':
          await session.afterwards(() => {
            send({ op: 'pong', ...own, timestamp: this.#options.timestamp() });
          });
          break;
      }
    } catch (error) {
      if (!(error instanceof InvalidMessageError)) {
        throw error;
      }
      await session.afterwards(() => {
        send(errorOf('INVALID_MESSAGE', error.message, own));
      });
    }
  }

  #frameOf(channel: string, seq: number, envelope: Envelope): TextFrame {
    const frames = this.#frames.get(envelope) ?? new Map<string, TextFrame>();
    this.#frames.set(envelope, frames);
    const known = frames.get(channel);
    if (known !== undefined) {
      return known;
    }
    const message: StreamMessage = { channel, seq, data: this.#options.contents.data(envelope) };
    const frame = new TextFrame(JSON.stringify(message));
    frames.set(channel, frame);
    return frame;
  }
}

/** Throws an InvalidMessageError that says what is wrong. */
function readRequest(json: unknown): z.infer<typeof request> {
  const read = request.safeParse(json);
  if (!read.success) {
    const [issue] = read.error.issues;
    const where = issue?.path.join('.') ?? '';
    const what = where === '' ? 'Expected JSON with an op' : where;
    throw new InvalidMessageError(`${what}: ${issue?.message ?? 'invalid'}`);
  }
  return read.data;
}

function refuseSlow(client: LiveClient): void {
  client.sendError('SLOW_CONSUMER', { message: `${client.waitingBytes} bytes wait to be read` });
}

function isReady(client: LiveClient): boolean {
  return !client.isOpen || client.waitingBytes <= READY_BYTES;
}

async function untilReady(client: LiveClient, clock: Clock): Promise<void> {
  while (!isReady(client)) {
    await clock.sleep(READY_CHECK_MS);
  }
}

function errorOf(
  code: Extract<StreamMessage, { op: 'error' }>['error_code'],
  message: string,
  { id, retryAfter }: { id?: StreamId; retryAfter?: number | undefined } = {},
): StreamMessage {
  return {
    op: 'error',
    ...(id === undefined ? {} : { id }),
    error_code: code,
    error_message: message,
    ...(retryAfter === undefined ? {} : { retry_after: retryAfter }),
  };
}

/** Undefined for what is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
