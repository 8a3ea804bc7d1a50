import {
  type AlertMessage,
  type ChannelData,
  type ChannelRefused,
  type ChannelsConfirmed,
  type StreamMessage,
  formatChannel,
  parseChannel,
} from '@tickwire/protocol';
import { type Clock, systemClock } from './clock.ts';
import { type ClientState, Connection, type StateDetails } from './connection.ts';
import { TickwireError } from './error.ts';
import { Follower } from './follower.ts';
import { HandedAlerts } from './handed-alerts.ts';
import { isolate } from './isolate.ts';
import { retryDelayMs, ruleOf } from './reconnect.ts';
import { RequestQueue } from './request-queue.ts';
import type { SubscribeOptions, Subscription } from './subscription.ts';
import { type WebSocketConstructor, globalWebSocket, streamUrl } from './web-socket.ts';

export interface TickwireClientOptions {
  /** Where the server is: `ws://localhost:8000`; `http` and `https` are taken too. */
  readonly url: string;
  /** Where there is no global one, as in Node.js before 22: that of the package `ws`. */
  readonly WebSocket?: WebSocketConstructor;
  /** The connection is in another state, or waits for its next attempt. */
  readonly onState?: (state: ClientState, details: StateDetails) => void;
  /** An error that no channel's `onError` takes. */
  readonly onError?: (error: TickwireError) => void;
  readonly clock?: Clock;
  /** From 0 to 1, without 1. */
  readonly random?: () => number;
}

/**
 * Follows channels over one connection, which comes back by itself when it is lost. Every message
 * of a channel is handed out once and in order; where that cannot be had, `onGap` says so.
 *
 * @example
 * const client = new TickwireClient({ url: 'ws://localhost:8000' });
 * const subscription = client.subscribe('price:EUR_USD', {
 *   onSnapshot: ({ price }) => show(price),
 *   onMessage: ({ price }) => show(price),
 * });
 */
export class TickwireClient {
  readonly #options: TickwireClientOptions;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #connection: Connection;
  readonly #requests: RequestQueue;
  readonly #followers = new Map<string, Follower>();
  readonly #handedAlerts = new HandedAlerts();

  /** Does not connect yet. Throws a TypeError for a wrong address, or where no WebSocket is. */
  constructor(options: TickwireClientOptions) {
    const { url, WebSocket = globalWebSocket(), clock = systemClock } = options;
    this.#options = options;
    this.#clock = clock;
    this.#random = options.random ?? Math.random;
    this.#connection = new Connection({
      url: streamUrl(url),
      WebSocket,
      clock,
      random: this.#random,
      onMessage: (message) => {
        this.#receive(message);
      },
      onState: (state, details) => {
        this.#take(state, details);
      },
    });
    this.#requests = new RequestQueue(clock, (request) => {
      this.#connection.send(request);
    });
  }

  get state(): ClientState {
    return this.#connection.state;
  }

  /** The names of the channels that are subscribed. */
  get subscriptions(): readonly string[] {
    return [...this.#followers.keys()];
  }

  /**
   * Connects now; `subscribe` does it by itself. Resolves once there is a connection, and rejects
   * where the server will not have this client, or it is closed before.
   */
  connect(): Promise<void> {
    return this.#connection.open();
  }

  /**
   * Follows a channel until it is unsubscribed. Throws a TypeError for a name that is none, and an
   * Error for a channel that is subscribed already, or once the client is closed.
   */
  subscribe<Name extends string>(name: Name, options: SubscribeOptions<Name> = {}): Subscription {
    const channel = parseChannel(name);
    if (channel === undefined) {
      throw new TypeError(`There is no channel ${name}`);
    }
    if (this.state === 'closed') {
      throw new Error('The client is closed');
    }
    if (this.#followers.has(formatChannel(channel))) {
      throw new Error(`${name} is subscribed already`);
    }
    const follower = new Follower({
      channel,
      options,
      handedAlerts: this.#handedAlerts,
      now: () => this.#clock.now(),
      ask: () => {
        this.#requests.ask(follower);
      },
      leave: () => {
        this.#forget(follower);
        this.#requests.leave(follower);
      },
    });
    this.#followers.set(follower.channel, follower);
    this.#requests.ask(follower);
    if (this.state === 'idle') {
      this.#connection.begin();
    }
    return follower;
  }

  /** Ends all subscriptions and the connection, for good. */
  close(): void {
    for (const follower of this.#followers.values()) {
      follower.unsubscribe();
    }
    this.#connection.close();
  }

  #take(state: ClientState, details: StateDetails): void {
    this.#requests.close();
    for (const follower of this.#followers.values()) {
      follower.lose();
    }
    if (state === 'connected') {
      this.#requests.open();
      for (const follower of this.#followers.values()) {
        this.#requests.ask(follower);
      }
    }
    isolate(() => this.#options.onState?.(state, details));
    const { error } = details;
    if (state === 'refused' && error !== undefined) {
      isolate(() => this.#options.onError?.(error));
    }
  }

  #receive(message: StreamMessage): void {
    if ('data' in message) {
      const { channel, seq, data, conflated = 1 } = message;
      if (isAlert(data)) {
        this.#receiveAlert(channel, data);
      } else {
        this.#followers.get(channel)?.take(seq, data, conflated);
      }
    } else if (!('op' in message)) {
      this.#followers.get(message.channel)?.takeState(message);
    } else if (message.op === 'subscribed') {
      for (const follower of this.#requests.answered(message.id)) {
        this.#answer(follower, message);
      }
    } else if (message.op === 'error') {
      for (const follower of this.#requests.answered(message.id)) {
        if (!follower.hasEnded) {
          this.#refuse(follower, message);
        }
      }
    }
  }

  /** One of several channels of this client comes over one of them, and has its place in all. */
  #receiveAlert(channel: string, alert: AlertMessage): void {
    const places = Object.entries(alert.positions).flatMap(([name, seq]) => {
      const follower = this.#followers.get(name);
      return follower?.hasBegun === true ? [{ follower, seq }] : [];
    });
    for (const { follower, seq } of places) {
      follower.noteAlert(seq);
    }
    const place = places.find(({ follower }) => follower.channel === channel) ?? places[0];
    place?.follower.takeAlert(place.seq, alert);
  }

  #answer(follower: Follower, { channels, errors }: ChannelsConfirmed): void {
    if (follower.hasEnded) {
      // It was left by the name that it was asked for by.
      return;
    }
    const asked = follower.channel;
    const name = channels[asked] === undefined ? withoutCategory(asked) : asked;
    const confirmed = channels[name];
    if (confirmed !== undefined && name !== asked) {
      this.#rename(follower, name);
      if (isOver(follower)) {
        return;
      }
    }
    if (confirmed === undefined) {
      this.#refuse(follower, errors[asked] ?? NO_ANSWER);
    } else {
      follower.confirm(confirmed);
    }
  }

  /** The server has another name for what was asked for. */
  #rename(follower: Follower, name: string): void {
    const other = this.#followers.get(name);
    if (other !== undefined) {
      // What was asked for has taken the place of the other one.
      this.#requests.ask(other);
      const message = `${follower.channel} is ${name}, which is subscribed already`;
      this.#refuse(follower, { error_code: 'INVALID_PAYLOAD', error_message: message });
      return;
    }
    this.#followers.delete(follower.channel);
    follower.channel = name;
    this.#followers.set(name, follower);
  }

  /** Tells why a channel cannot be had, and asks again later where that may help. */
  #refuse(follower: Follower, { error_code: code, error_message: message }: ChannelRefused): void {
    const rule = ruleOf(code);
    const isFinal = rule === 'never' || rule === 'open';
    const retryInMs = isFinal ? undefined : retryDelayMs(follower.refusals, this.#random);
    const error = new TickwireError(code, message, retryInMs);
    follower.refusals += 1;
    if (isFinal) {
      this.#forget(follower);
    }
    if (!follower.fail(error)) {
      isolate(() => this.#options.onError?.(error));
    }
    if (retryInMs === undefined) {
      follower.hasEnded = true;
    } else if (!follower.hasEnded) {
      this.#requests.askLater(follower, retryInMs);
    }
  }

  #forget(follower: Follower): void {
    if (this.#followers.get(follower.channel) === follower) {
      this.#followers.delete(follower.channel);
    }
  }
}

/** A channel that was asked for is in neither part of the answer. */
const NO_ANSWER: ChannelRefused = {
  error_code: 'INTERNAL_ERROR',
  error_message: 'The server did not say what became of the channel',
};

function isAlert(data: ChannelData): data is AlertMessage {
  return 'positions' in data;
}

/** The server leaves out the market of an instrument that is of its usual one. */
function withoutCategory(name: string): string {
  return name.replace(/:(?:SPOT|INVERSE|LINEAR)_/, ':');
}

/** A name that is taken ends the one that asked for it. */
function isOver({ hasEnded }: Follower): boolean {
  return hasEnded;
}
