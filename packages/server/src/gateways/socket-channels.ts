import { type ChannelData, type ServerEvents, formatChannel } from '@tickwire/protocol';
import type { DefaultEventsMap, Socket } from 'socket.io';
import { InvalidMessageError } from '../domain/errors.ts';
import type { Envelope } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { ChannelContents } from './channel-contents.ts';
import { readChannels, readNames } from './channel-request.ts';
import { ChannelSession, type ChannelSessionOptions } from './channel-session.ts';
import type { ChannelSubscription } from './channel-subscription.ts';
import { terminate, waitingBytes } from './engine-connection.ts';
import type { PairSubscriptions } from './pair-subscriptions.ts';

export interface SocketData {
  subscriptions: PairSubscriptions;
  /** For each pair that is followed, the number of the newest of its alerts when that began. */
  alertsSince: Map<string, number>;
  /** The number of the newest message of `system` when the client came: all get what follows. */
  systemSince: number;
}
export type ClientSocket = Socket<DefaultEventsMap, ServerEvents, DefaultEventsMap, SocketData>;
export type Acknowledge = (payload: unknown) => void;

const SYSTEM = formatChannel({ kind: 'system' });

/** The event by which each kind of message travels. */
const EVENTS = {
  quote: 'price_update',
  candle: 'candle_update',
  trades: 'trade_update',
  ticker: 'ticker_update',
  orderBook: 'orderbook_update',
  volatilityAlert: 'volatility_alert',
  correlationAlert: 'correlation_alert',
  dataReady: 'data_ready',
} as const satisfies Record<Envelope['event']['type'], keyof ServerEvents>;

/** A replay goes on once no more than this waits for the client. */
const READY_BYTES = 65_536;
const READY_CHECK_MS = 20;

export interface SocketChannelsOptions {
  readonly session: ChannelSessionOptions;
  readonly contents: ChannelContents;
  readonly timestamp: () => string;
  readonly clock: Clock;
}

/** What an event is called, and what it holds, for the subscribers of its channels. */
export interface SocketMessage {
  readonly event: keyof ServerEvents;
  readonly payload: ChannelData & { readonly seq: number };
}

/**
 * Channels for Socket.IO's clients. While one catches up, its messages are sent to it alone; then it
 * joins the room of the channel, and the library sends to all of them at once.
 */
export class SocketChannels {
  readonly #options: SocketChannelsOptions;
  readonly #sessions = new WeakMap<ClientSocket, ChannelSession>();

  constructor(options: SocketChannelsOptions) {
    this.#options = options;
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
    // One that is followed already has had its alerts since then.
    if (!socket.data.alertsSince.has(pair)) {
      socket.data.alertsSince.set(pair, log.position(alertsOf(pair)).seq);
    }
    void socket.join(pairRoom(pair));
    if (!this.subscriptionsOf(socket).includes(priceOf(pair))) {
      void socket.join(legacyRoom(pair));
    }
  }

  leavePair(socket: ClientSocket, pair: string): void {
    socket.data.alertsSince.delete(pair);
    void socket.leave(pairRoom(pair));
    void socket.leave(legacyRoom(pair));
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
          socket.emit('subscription_confirmed', payload);
          acknowledge?.(payload);
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

  /** What to send to those who are in {@link roomsOf} an event. */
  messageOf(envelope: Envelope): SocketMessage {
    const payload = { ...this.#options.contents.data(envelope), seq: envelope.seq };
    return { event: EVENTS[envelope.event.type], payload };
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
    const session = new ChannelSession(this.#options.session, {
      deliver: (_, __, envelope) => {
        const { event, payload } = this.messageOf(envelope);
        (socket.emit as (event: string, payload: unknown) => boolean).call(socket, event, payload);
      },
      deliverState: (state) => {
        socket.emit('channel_state', state);
      },
      ready: () => (isReady(socket) ? undefined : untilReady(socket, this.#options.clock)),
      refuse: () => {
        terminate(socket.conn);
      },
      begin: ({ channel }) => {
        if (channel.kind === 'price') {
          void socket.leave(legacyRoom(channel.instrument));
        }
      },
      hasDelivered: ({ channel, seq, also = {} }) =>
        (channel === SYSTEM && seq > socket.data.systemSince) ||
        Array.from(socket.data.alertsSince).some(
          ([pair, since]) => (also[alertsOf(pair)] ?? 0) > since,
        ),
      takeOver: (subscription) => {
        void socket.join(roomOf(subscription));
      },
      giveBack: (subscription) => {
        void socket.leave(roomOf(subscription));
      },
    });
    this.#sessions.set(socket, session);
    socket.once('disconnect', () => {
      session.close();
    });
    return session;
  }
}

/** The rooms of those who are to have an event; nobody is in one twice. */
export function roomsOf({ channel, also = {}, event }: Envelope): string[] {
  const rooms = [channel, ...Object.keys(also)];
  switch (event.type) {
    case 'quote':
      return [...rooms, legacyRoom(event.instrument)];
    case 'candle':
      return event.isConfirmed ? [...rooms, confirmedOnly(channel)] : rooms;
    case 'volatilityAlert':
      return [...rooms, pairRoom(event.instrument)];
    case 'correlationAlert':
      return [...rooms, pairRoom(event.pair1), pairRoom(event.pair2)];
    default:
      return rooms;
  }
}

function isReady(socket: ClientSocket): boolean {
  return !socket.connected || waitingBytes(socket.conn) <= READY_BYTES;
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

/** Those who are to have the alerts of a pair because they follow it. */
function pairRoom(pair: string): string {
  return `pair_${pair}`;
}

/** Those who are to have the prices of a pair, and did not ask for its channel. */
function legacyRoom(pair: string): string {
  return `price_${pair}`;
}

function roomOf({ name, wanted }: ChannelSubscription): string {
  return wanted.isConfirmedOnly ? confirmedOnly(name) : name;
}

function confirmedOnly(channel: string): string {
  return `${channel}|confirmed`;
}
