import type { StreamId, StreamMessage } from '@tickwire/protocol';
import { z } from 'zod';
import { InvalidMessageError } from '../domain/errors.ts';
import type { Envelope } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { ChannelContents } from './channel-contents.ts';
import { ChannelMessage, type WireFormat } from './channel-message.ts';
import { readChannels, readNames } from './channel-request.ts';
import { ChannelSession, type ChannelSessionOptions } from './channel-session.ts';
import type { FanOut } from './fan-out.ts';
import type { ClientDialect, LiveClient } from './live-client.ts';
import { toTopic, topicsOf } from './topics.ts';

export interface StreamsOptions {
  readonly session: ChannelSessionOptions;
  readonly contents: ChannelContents;
  readonly fanOut: FanOut;
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
  readonly #messages = new WeakMap<Envelope, Map<string, ChannelMessage>>();
  readonly #format: WireFormat;
  readonly #sessions = new Set<ChannelSession>();

  constructor(options: StreamsOptions) {
    this.#options = options;
    this.#format = createStreamFormat(options.contents);
  }

  /** Brings an event to all who are on any of its channels. */
  publish(envelope: Envelope): void {
    const { channel, seq, also } = envelope;
    this.#options.fanOut.publish(topicsOf(envelope), (topic) =>
      also !== undefined && topic in also
        ? this.#message(topic, also[topic] ?? seq, envelope)
        : this.#message(channel, seq, envelope),
    );
  }

  /** How many clients there are, and channels that they follow, each once per client. */
  count(): { readonly clients: number; readonly subscriptions: number } {
    let subscriptions = 0;
    for (const session of this.#sessions) {
      subscriptions += session.subscriptions.length;
    }
    return { clients: this.#sessions.size, subscriptions };
  }

  /** Serves a client until it has gone; the result takes its messages, undefined for no text. */
  open(client: LiveClient): (text: string | undefined) => void {
    const { session: options, clock } = this.#options;
    const { place } = client;
    const session = new ChannelSession(options, {
      message: (channel, seq, envelope) => this.#message(channel, seq, envelope),
      post: (queued) => {
        place.handOn();
        place.outbox.post(queued);
      },
      deliverState: (state) => {
        client.sendAnswer(state);
      },
      ready: () => (isReady(client) ? undefined : untilReady(client, clock)),
      refuse: () => {
        refuseSlow(client);
      },
      takeOver: (subscription) => {
        place.join(toTopic(subscription));
      },
      giveBack: (subscription) => {
        place.leave(toTopic(subscription));
      },
      canHold: true,
    });
    this.#sessions.add(session);
    void client.closed.then(() => {
      this.#sessions.delete(session);
      session.close();
    });
    client.beginAnswers();
    return (text) => {
      void this.#receive(client, session, text);
    };
  }

  async #receive(client: LiveClient, session: ChannelSession, text = ''): Promise<void> {
    const json = parseJson(text);
    const { id } = answerable.parse(json);
    const own = id === undefined ? {} : { id };
    const send = (message: StreamMessage): void => {
      client.sendAnswer(message);
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

  #message(channel: string, seq: number, envelope: Envelope): ChannelMessage {
    const messages = this.#messages.get(envelope) ?? new Map<string, ChannelMessage>();
    this.#messages.set(envelope, messages);
    const known = messages.get(channel);
    if (known !== undefined) {
      return known;
    }
    const message = new ChannelMessage(this.#format, channel, seq, envelope);
    messages.set(channel, message);
    return message;
  }
}

function createStreamFormat(contents: ChannelContents): WireFormat {
  return {
    write: ({ channel, seq, conflated, envelope }) =>
      JSON.stringify({
        channel,
        seq,
        ...conflated,
        data: contents.data(envelope),
      } satisfies StreamMessage),
  };
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
