import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { ERROR_CODES, type ErrorCode } from '@tickwire/protocol';
import type { RawData, WebSocket } from 'ws';
import { ChannelError, toError } from '../domain/errors.ts';
import type { Bus } from '../ports/bus.ts';
import type { ChannelDirectory, ChannelLease } from '../ports/channels.ts';
import type { Clock, ScheduledCall } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Admission } from './admission.ts';
import type { EventMessages } from './event-messages.ts';
import type { FanOut } from './fan-out.ts';
import { TextFrame } from './frame.ts';
import { GOODBYE_MS } from './goodbye.ts';
import { LiveChannels } from './live-channels.ts';
import { type ClientDialect, LiveClient } from './live-client.ts';
import type { LiveContents } from './live-contents.ts';
import { createLiveDialect } from './live-dialect.ts';
import { LiveHandshake } from './live-handshake.ts';
import {
  type LiveChannel,
  type LiveRequest,
  isLiveChannel,
  parseLiveRequest,
} from './live-request.ts';
import type { OutboxOptions } from './outbox.ts';
import { jitteredRetryAfter } from './retry-after.ts';
import { STREAM_DIALECT, type Streams, isStreamAddress } from './stream.ts';

export interface WebSocketGatewayOptions {
  readonly bus: Bus;
  readonly messages: EventMessages;
  readonly admission: Admission;
  /** Who serves clients of many channels. */
  readonly streams: Streams;
  readonly contents: LiveContents;
  /** Where each client gets its channel. */
  readonly directory: ChannelDirectory;
  /** A client that sends a larger message is closed. */
  readonly maxMessageBytes: number;
  /** Who brings messages to clients of one channel, and to those of many. */
  readonly fanOut: FanOut;
  readonly streamFanOut: FanOut;
  readonly outbox: OutboxOptions;
  /** Whether clients that ask for compression get it. */
  readonly isCompressed: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

const SWEEP_MS = 1_000;
const HEARTBEAT_MS = 30_000;
const PONG = new TextFrame('pong');

/** Brings channels to clients that speak WebSocket themselves: one channel per connection. */
export class WebSocketGateway {
  readonly #options: WebSocketGatewayOptions;
  readonly #handshake: LiveHandshake;
  readonly #channels: LiveChannels;
  readonly #liveDialect: ClientDialect;
  readonly #clients = new Set<LiveClient>();
  #unsubscribe: (() => void) | undefined;
  #sweep: ScheduledCall | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: WebSocketGatewayOptions) {
    const { messages } = options;
    this.#options = options;
    this.#handshake = new LiveHandshake(options);
    this.#liveDialect = createLiveDialect(() => messages.timestamp());
    this.#channels = new LiveChannels(options);
  }

  /** Begins to bring clients what the bus carries. */
  start(): void {
    this.#unsubscribe = this.#options.bus.subscribe((envelope) => {
      this.#channels.broadcast(envelope);
    });
    this.#scheduleSweep();
  }

  /** A channel has a state though there was no event: those who wait for a snapshot get it. */
  tellState(channel: string): void {
    this.#channels.sendOwed(channel);
  }

  /** Clients, those of streams included. */
  get clientCount(): number {
    return this.#clients.size;
  }

  /** Tells every client when to come back and closes it; resolves when all are gone. */
  async close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Takes over an upgrade whose address is one of ours. */
  readonly handleUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): boolean => {
    const address = request.url ?? '';
    const asked = isStreamAddress(address) ? 'stream' : parseLiveRequest(address);
    if (asked === undefined) {
      return false;
    }
    this.#handshake.complete(request, socket, head, (webSocket) => {
      this.#accept(webSocket, socket, asked);
    });
    return true;
  };

  #accept(webSocket: WebSocket, connection: Duplex, asked: LiveRequest | 'stream'): void {
    const { admission, clock, logger, outbox, fanOut, streamFanOut } = this.#options;
    const client = new LiveClient({
      webSocket,
      connection,
      dialect: asked === 'stream' ? STREAM_DIALECT : this.#liveDialect,
      fanOut: asked === 'stream' ? streamFanOut : fanOut,
      outbox,
      onSlow: (waiting) => {
        logger.warn({ waiting }, 'Closed a client that is too slow');
      },
      now: clock.elapsed(),
    });
    // The library closes after an error of the protocol; there is nothing else to do.
    webSocket.on('error', (error) => {
      logger.debug({ err: error }, 'A WebSocket client failed');
    });
    if (asked !== 'stream' && 'refusal' in asked) {
      client.sendError(asked.refusal.code, asked.refusal);
      return;
    }
    if (this.#closing !== undefined || !admission.admit(client)) {
      const code = this.#closing === undefined ? 'MAX_CLIENTS' : 'SERVER_SHUTDOWN';
      const message = code === 'MAX_CLIENTS' ? 'Max clients reached' : 'Server is shutting down';
      client.sendError(code, { message, retryAfter: jitteredRetryAfter() });
      return;
    }
    const take =
      asked === 'stream' ? this.#options.streams.open(client) : this.#liveAnswers(client);
    webSocket.on('message', (data, isBinary) => {
      if (client.takeFromBudget(clock.elapsed())) {
        take(toText(data, isBinary));
      } else {
        client.sendError('RATE_LIMITED', { message: 'Too many messages', retryAfter: 1 });
      }
    });
    webSocket.on('close', () => {
      admission.release(client);
      this.#clients.delete(client);
    });
    this.#clients.add(client);
    if (asked !== 'stream') {
      void this.#serve(client, asked.channel, asked.wantsSnapshot);
    }
  }

  /** Holds on to a channel for a client until it has gone, or tells it why it cannot be had. */
  async #serve(client: LiveClient, asked: LiveChannel, wantsSnapshot: boolean): Promise<void> {
    try {
      const lease = await this.#options.directory.lease(asked);
      try {
        await this.#stay(client, lease, wantsSnapshot);
      } finally {
        lease.release();
      }
    } catch (error) {
      this.#refuse(client, asked, error);
    }
  }

  async #stay(client: LiveClient, lease: ChannelLease, wantsSnapshot: boolean): Promise<void> {
    const { channel } = lease;
    if (!isLiveChannel(channel)) {
      throw new TypeError(`Expected a channel that has an address, got ${channel.kind}`);
    }
    // It may have gone while the channel was looked for.
    if (!client.isOpen) {
      return;
    }
    try {
      this.#channels.join(client, channel, wantsSnapshot);
      client.beginAnswers();
      await client.closed;
    } finally {
      this.#channels.leave(client, channel);
    }
  }

  #refuse(client: LiveClient, asked: LiveChannel, error: unknown): void {
    if (!(error instanceof ChannelError)) {
      this.#options.logger.error({ err: toError(error) }, 'A channel could not be served');
      client.sendError('INTERNAL_ERROR', { message: 'The log of the server has the reason' });
      return;
    }
    const { code, message } = error;
    client.sendError(code, {
      message,
      details: detailsOf(code, asked),
      ...(ERROR_CODES[code].reconnect === 'later' ? { retryAfter: jitteredRetryAfter() } : {}),
    });
  }

  /** One channel's client may say `ping`. */
  #liveAnswers(client: LiveClient): (text: string | undefined) => void {
    return (text) => {
      client.answer(() => {
        if (text === 'ping') {
          client.sendFrame(PONG);
        } else {
          client.sendError('INVALID_MESSAGE', { message: 'Expected nothing but the text "ping"' });
        }
      });
    };
  }

  #scheduleSweep(): void {
    const { clock } = this.#options;
    this.#sweep = clock.schedule(SWEEP_MS, () => {
      const now = clock.elapsed();
      for (const client of this.#clients) {
        if (now - client.heartbeatAt >= HEARTBEAT_MS) {
          client.heartbeat(now);
        }
        client.refuseIfSlow();
      }
      this.#scheduleSweep();
    });
  }

  async #close(): Promise<void> {
    this.#unsubscribe?.();
    this.#sweep?.cancel();
    for (const client of this.#clients) {
      client.sendError('SERVER_SHUTDOWN', {
        message: 'Server is shutting down',
        retryAfter: jitteredRetryAfter(),
      });
    }
    const closed = Promise.all(Array.from(this.#clients, (client) => client.closed));
    await Promise.race([closed, this.#options.clock.sleep(GOODBYE_MS)]);
    for (const client of this.#clients) {
      client.terminate();
    }
  }
}

/** Undefined for what is no text. */
function toText(data: RawData, isBinary: boolean): string | undefined {
  return !isBinary && Buffer.isBuffer(data) ? data.toString() : undefined;
}

/** What of a request an error is about. */
function detailsOf(code: ErrorCode, asked: LiveChannel): Readonly<Record<string, string>> {
  switch (code) {
    case 'INVALID_SYMBOL':
      return { symbol: asked.instrument };
    case 'INVALID_TIMEFRAME':
      return asked.kind === 'candles' ? { timeframe: asked.interval } : {};
    default:
      return {};
  }
}
