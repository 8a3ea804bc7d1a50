import type {
  AlertMessage,
  ChannelData,
  ChannelOptions,
  ChannelsConfirmed,
  ChannelsLeft,
  ChannelSnapshot,
  StreamMessage,
} from '@tickwire/protocol';
import { type Socket, io } from 'socket.io-client';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { webSocketOf } from './socket-io-client.ts';
import { waitFor } from './wait-for.ts';

/** What a client was sent, in order, whatever the transport. */
export type Received =
  | { readonly kind: 'answer'; readonly answer: object }
  | { readonly kind: 'refusal'; readonly answer: object }
  | {
      readonly kind: 'data';
      readonly channel: string;
      readonly seq: number;
      readonly conflated?: number;
      readonly data: ChannelData;
    }
  | {
      readonly kind: 'state';
      readonly channel: string;
      readonly seq: number;
      readonly snapshot?: ChannelSnapshot;
    };

export type WantedChannels = readonly string[] | Readonly<Record<string, ChannelOptions>>;

/** Sends requests and hands on what comes. */
interface Transport {
  /** Resolves when requests can be sent. */
  readonly opened: Promise<unknown>;
  send(request: 'subscribe' | 'unsubscribe', channels: unknown): void;
  /** Ends the connection without a word. */
  cut(): void;
  /** Stops reading, and goes on. */
  pause(): void;
  resume(): void;
  readonly isClosed: () => boolean;
}

type Open = (url: string, receive: (received: Received) => void) => Transport;

/** A client of channels that remembers what it was sent. */
export class ChannelClient {
  readonly received: Received[] = [];
  readonly #transport: Transport;

  constructor(url: string, open: Open) {
    this.#transport = open(url, (received) => this.received.push(received));
  }

  get opened(): Promise<unknown> {
    return this.#transport.opened;
  }

  get isClosed(): boolean {
    return this.#transport.isClosed();
  }

  async subscribe(channels: WantedChannels): Promise<ChannelsConfirmed> {
    return (await this.#ask('subscribe', channels, 'answer')) as ChannelsConfirmed;
  }

  async unsubscribe(channels: readonly string[]): Promise<ChannelsLeft> {
    return (await this.#ask('unsubscribe', channels, 'answer')) as ChannelsLeft;
  }

  /** Sends what is wrong, and resolves with the answer that says so. */
  async fail(request: 'subscribe' | 'unsubscribe', channels: unknown): Promise<object> {
    return this.#ask(request, channels, 'refusal');
  }

  /** Sends a request and does not wait for its answer. */
  send(request: 'subscribe' | 'unsubscribe', channels: unknown): void {
    this.#transport.send(request, channels);
  }

  /** The messages of a channel so far. */
  of(channel: string) {
    return this.received.flatMap((each) =>
      each.kind === 'data' && each.channel === channel ? [each] : [],
    );
  }

  /** The numbers of a channel's messages so far. */
  numbers(channel: string): readonly number[] {
    return this.of(channel).map(({ seq }) => seq);
  }

  /** The alerts so far, over whichever channel. */
  alerts(): readonly AlertMessage[] {
    return this.received.flatMap((each) =>
      each.kind === 'data' && 'positions' in each.data ? [each.data as AlertMessage] : [],
    );
  }

  /** Waits until a channel has brought so many messages. */
  async count(channel: string, count: number): Promise<void> {
    await waitFor(() => this.of(channel).length >= count, `${count} messages of ${channel}`);
  }

  cut(): void {
    this.#transport.cut();
  }

  pause(): void {
    this.#transport.pause();
  }

  resume(): void {
    this.#transport.resume();
  }

  async #ask(
    request: 'subscribe' | 'unsubscribe',
    channels: unknown,
    kind: 'answer' | 'refusal',
  ): Promise<object> {
    const answers = () =>
      this.received.flatMap((each) =>
        each.kind === 'answer' || each.kind === 'refusal' ? [each] : [],
      );
    const before = answers().length;
    this.#transport.send(request, channels);
    const answer = await waitFor(() => answers()[before], `the answer to ${request}`);
    if (answer.kind !== kind) {
      throw new Error(`Expected ${kind}, got ${JSON.stringify(answer)}`);
    }
    return answer.answer;
  }
}

/** `/api/v1/stream`. */
const openStream: Open = (url, receive) => {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/stream`);
  const opened = new Promise((resolve) => socket.once('open', resolve));
  let isClosed = false;
  socket.on('error', () => undefined);
  socket.on('close', () => {
    isClosed = true;
  });
  socket.on('message', (text: Buffer) => {
    const message = JSON.parse(text.toString()) as StreamMessage;
    if (!('op' in message)) {
      receive({ kind: 'data' in message ? 'data' : 'state', ...message } as Received);
    } else if (message.op !== 'error') {
      receive({ kind: 'answer', answer: message });
    } else if (message.error_code === 'INVALID_MESSAGE') {
      receive({ kind: 'refusal', answer: message });
    }
  });
  return {
    opened,
    send: (op, channels) => {
      socket.send(JSON.stringify({ op, id: 1, channels }));
    },
    cut: () => {
      socket.terminate();
    },
    pause: () => {
      socket.pause();
    },
    resume: () => {
      socket.resume();
    },
    isClosed: () => isClosed,
  };
};

const ANSWERS = ['subscription_confirmed', 'unsubscription_confirmed'];
const REFUSALS = ['subscription_error', 'unsubscription_error'];

/** Which channel an event of Socket.IO is of. */
const CHANNELS: Readonly<Record<string, (payload: Record<string, unknown>) => string>> = {
  price_update: ({ instrument }) => `price:${String(instrument)}`,
  candle_update: ({ symbol, timeframe }) => `candles:${String(symbol)}:${String(timeframe)}`,
  trade_update: ({ symbol }) => `trades:${String(symbol)}`,
  ticker_update: ({ symbol }) => `ticker:${String(symbol)}`,
  orderbook_update: ({ symbol }) => `orderbook:${String(symbol)}`,
  volatility_alert: () => 'alerts',
  correlation_alert: () => 'alerts',
  data_ready: () => 'system',
};

const openSocketIo: Open = (url, receive) => {
  const socket: Socket = io(url, {
    forceNew: true,
    reconnection: false,
    transports: ['websocket'],
  });
  socket.onAny((event: string, payload: Record<string, unknown>) => {
    const channelOf = CHANNELS[event];
    if (channelOf !== undefined) {
      const { seq, conflated, ...data } = payload;
      receive({
        kind: 'data',
        channel: channelOf(payload),
        seq: Number(seq),
        ...(conflated === undefined ? {} : { conflated: Number(conflated) }),
        data: data as unknown as ChannelData,
      });
    } else if (event === 'channel_state') {
      receive({ kind: 'state', ...payload } as Received);
    } else if (ANSWERS.includes(event)) {
      receive({ kind: 'answer', answer: payload });
    } else if (REFUSALS.includes(event)) {
      receive({ kind: 'refusal', answer: payload });
    }
  });
  return {
    opened: new Promise((resolve) => socket.once('connection_established', resolve)),
    send: (request, channels) => {
      socket.emit(request, { channels });
    },
    cut: () => {
      socket.io.engine.close();
    },
    pause: () => {
      webSocketOf(socket).pause();
    },
    resume: () => {
      webSocketOf(socket).resume();
    },
    isClosed: () => socket.disconnected,
  };
};

/** The transports that bring channels, by their names. */
export const TRANSPORTS: Readonly<Record<string, Open>> = {
  '/api/v1/stream': openStream,
  'Socket.IO': openSocketIo,
};

/** A client that is connected, and cut when the current test has finished. */
export async function openChannels(url: string, open: Open): Promise<ChannelClient> {
  const client = new ChannelClient(url, open);
  onTestFinished(() => {
    client.cut();
  });
  await client.opened;
  return client;
}

export type OpenTransport = Open;
