import { type ServerEvents, formatChannel } from '@tickwire/protocol';
import type { DefaultEventsMap, Socket } from 'socket.io';
import { InvalidMessageError } from '../domain/errors.ts';
import type { Envelope } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { ChannelContents } from './channel-contents.ts';
import { ChannelMessage, type WireFormat } from './channel-message.ts';
import { readChannels, readNames } from './channel-request.ts';
import { ChannelSession, type ChannelSessionOptions } from './channel-session.ts';
import { terminate } from './engine-connection.ts';
import type { FanOut, Place } from './fan-out.ts';
import type { PairSubscriptions } from './pair-subscriptions.ts';
import { toTopic, topicsOf } from './topics.ts';

export interface SocketData {
  /** Where it stands among those who are brought messages. */
  place: Place;
  subscriptions: PairSubscriptions;
  /** The number of the newest message of `system` when the client came: all get what follows. */
  systemSince: number;
}
export type ClientSocket = Socket<DefaultEventsMap, ServerEvents, DefaultEventsMap, SocketData>;
export type Acknowledge = (payload: unknown) => void;

const SYSTEM = formatChannel({ kind: 'system' });
/** The topic of everybody. */
const EVERYBODY = 'everybody';
/** An Engine.IO message that holds a Socket.IO event. */
const EVENT_PREFIX = '42';

/** The event by which each kind of message travels. */
const EVENTS = {
  quote: 'price_update',
  candle: 'candle_update',
  trades: 'trade_update',
  ticker: 'ticker_update',
  orderBook: 'orderbook_update',
  volatilityAlert: 'volatility_alert',
  correlationAlert: 'correlation_alert',
  volatilityUpdate: 'volatility_update',
  correlationUpdate: 'correlation_update',
  dataReady: 'data_ready',
} as const satisfies Record<Envelope['event']['type'], keyof ServerEvents>;

/** A replay goes on once no more than this waits for the client. */
const READY_BYTES = 65_536;
const READY_CHECK_MS = 20;

export interface SocketChannelsOptions {
  readonly session: ChannelSessionOptions;
  readonly contents: ChannelContents;
  readonly fanOut: FanOut;
  readonly timestamp: () => string;
  readonly clock: Clock;
}

/** Channels for Socket.IO's clients: under their names, and under those of pairs. */
export class SocketChannels {
  readonly #options: SocketChannelsOptions;
  readonly #sessions = new WeakMap<ClientSocket, ChannelSession>();
  readonly #messages = new WeakMap<Envelope, ChannelMessage>();
  readonly #format: WireFormat;

  constructor(options: SocketChannelsOptions) {
    this.#options = options;
    this.#format = createEventFormat(options.contents);
  }

  /** Begins to bring a client what everybody gets. */
  welcome({ data }: ClientSocket): void {
    data.place.join(EVERYBODY);
  }

  /** Brings an event to all who are to have it. */
  publish(envelope: Envelope): void {
    this.#options.fanOut.publish(socketTopicsOf(envelope), () => this.#message(envelope));
  }

  /** The channels that a client asked for by their names. */
  subscriptionsOf(socket: ClientSocket): readonly string[] {
    return this.#sessions.get(socket)?.subscriptions ?? [];
  }

  /** Runs what answers a request about pairs after the answers to requests for channels. */
  inTurn(socket: ClientSocket, answer: () => void): void {
    const session = this.#sessions.get(socket);
    if (session === undefined) {
      answer();
    } else {
      void session.afterwards(answer);
    }
  }

  /** Whether the prices of a pair are still being sent one after another. */
  isCatchingUp(socket: ClientSocket, pair: string): boolean {
    return this.#sessions.get(socket)?.isCatchingUp(priceOf(pair)) === true;
  }

  /** Brings a client the prices and alerts of a pair, which is another name for its channel. */
  joinPair(socket: ClientSocket, pair: string): void {
    const { log } = this.#options.session;
    socket.data.subscriptions.begin(pair, log.position(alertsOf(pair)).seq);
    socket.data.place.join(computedTopic(pair));
    if (!this.subscriptionsOf(socket).includes(priceOf(pair))) {
      socket.data.place.join(pricesTopic(pair));
    }
  }

  leavePair(socket: ClientSocket, pair: string): void {
    socket.data.place.leave(computedTopic(pair));
    socket.data.place.leave(pricesTopic(pair));
    this.#sessions.get(socket)?.end(priceOf(pair));
  }

  /** Answers `subscribe` and `unsubscribe` of channels; bad input becomes an error event. */
  async receive(
    socket: ClientSocket,
    event: 'subscribe' | 'unsubscribe',
    channels: unknown,
    acknowledge: Acknowledge | undefined,
  ): Promise<void> {
    const { timestamp } = this.#options;
    const session = this.#sessionOf(socket);
    try {
      if (event === 'subscribe') {
        await session.subscribe(readChannels(channels), (confirmed) => {
          const payload = { ...confirmed, timestamp: timestamp() };
          const { place } = socket.data;
          place.settle();
          place.outbox.answer(() => {
            socket.emit('subscription_confirmed', payload);
            acknowledge?.(payload);
          });
        });
      } else {
        await session.unsubscribe(readNames(channels), (left) => {
          this.#leavePairs(socket, left.channels);
          const payload = { ...left, timestamp: timestamp() };
          socket.emit('unsubscription_confirmed', payload);
          acknowledge?.(payload);
        });
      }
    } catch (error) {
      if (!(error instanceof InvalidMessageError)) {
        throw error;
      }
      const payload = { error: 'Invalid request', message: error.message };
      socket.emit(event === 'subscribe' ? 'subscription_error' : 'unsubscription_error', payload);
      acknowledge?.(payload);
    }
  }

  #message(envelope: Envelope): ChannelMessage {
    const known = this.#messages.get(envelope);
    if (known !== undefined) {
      return known;
    }
    const { channel, seq } = envelope;
    const message = new ChannelMessage(this.#format, channel, seq, envelope);
    this.#messages.set(envelope, message);
    return message;
  }

  #leavePairs(socket: ClientSocket, channels: readonly string[]): void {
    for (const pair of socket.data.subscriptions.pairs) {
      if (channels.includes(priceOf(pair))) {
        socket.data.subscriptions.remove([pair]);
        this.leavePair(socket, pair);
      }
    }
  }

  #sessionOf(socket: ClientSocket): ChannelSession {
    const known = this.#sessions.get(socket);
    if (known !== undefined) {
      return known;
    }
    const { place } = socket.data;
    const session = new ChannelSession(this.#options.session, {
      message: (_, __, envelope) => this.#message(envelope),
      post: (queued) => {
        place.handOn();
        place.outbox.post(queued);
      },
      deliverState: (state) => {
        place.settle();
        place.outbox.answer(() => {
          socket.emit('channel_state', state);
        });
      },
      ready: () => (isReady(socket) ? undefined : untilReady(socket, this.#options.clock)),
      refuse: () => {
        terminate(socket.conn);
      },
      begin: ({ channel }) => {
        if (channel.kind === 'price') {
          place.leave(pricesTopic(channel.instrument));
        }
      },
      hasDelivered: ({ channel, seq, also = {} }) =>
        (channel === SYSTEM && seq > socket.data.systemSince) ||
        socket.data.subscriptions.hasAlert((pair) => also[alertsOf(pair)]),
      takeOver: (subscription) => {
        place.join(toTopic(subscription));
      },
      giveBack: (subscription) => {
        place.leave(toTopic(subscription));
      },
      // Those of a pair reach whoever follows it, channels or not.
      canHold: false,
    });
    this.#sessions.set(socket, session);
    socket.once('disconnect', () => {
      session.close();
    });
    return session;
  }
}

/** The topics of those who are to have an event; nobody is sent it twice. */
function socketTopicsOf(envelope: Envelope): string[] {
  const topics = topicsOf(envelope);
  const { event } = envelope;
  switch (event.type) {
    case 'quote':
      return [...topics, pricesTopic(event.instrument)];
    case 'volatilityAlert':
    case 'volatilityUpdate':
      return [...topics, computedTopic(event.instrument)];
    case 'correlationAlert':
    case 'correlationUpdate':
      return [...topics, computedTopic(event.pair1), computedTopic(event.pair2)];
    case 'dataReady':
      return [EVERYBODY];
    default:
      return topics;
  }
}

function createEventFormat(contents: ChannelContents): WireFormat {
  return {
    write: ({ envelope, conflated }) => {
      const payload = { ...contents.data(envelope), seq: envelope.seq, ...conflated };
      return EVENT_PREFIX + JSON.stringify([EVENTS[envelope.event.type], payload]);
    },
  };
}

function isReady(socket: ClientSocket): boolean {
  return !socket.connected || socket.data.place.outbox.waitingBytes <= READY_BYTES;
}

async function untilReady(socket: ClientSocket, clock: Clock): Promise<void> {
  while (!isReady(socket)) {
    await clock.sleep(READY_CHECK_MS);
  }
}

function priceOf(pair: string): string {
  return formatChannel({ kind: 'price', instrument: pair });
}

function alertsOf(pair: string): string {
  return formatChannel({ kind: 'alerts', instrument: pair });
}

/** Of those who are to have what is computed of a pair because they follow it: alerts too. */
function computedTopic(pair: string): string {
  return `pair computed:${pair}`;
}

/** Of those who are to have the prices of a pair, and did not ask for its channel. */
function pricesTopic(pair: string): string {
  return `pair prices:${pair}`;
}
