import { formatChannel } from '@tickwire/protocol';
import { toError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { FeedListener, Unavailable } from '../../ports/feed.ts';
import type { BybitFeedConfig } from './config.ts';
import type { Follower } from './follower.ts';
import { parseFrame } from './parse.ts';
import { BybitSocket } from './socket.ts';
import { Subscriptions } from './subscriptions.ts';
import type { BybitChannel } from './topics.ts';
import type { UnavailableTopics } from './unavailable.ts';

/** A topic that is wanted, and who follows it. */
export interface FollowedTopic {
  readonly topic: string;
  readonly channel: BybitChannel;
  readonly follower: Follower;
}

export interface SessionOptions {
  readonly config: BybitFeedConfig;
  readonly clock: Clock;
  readonly listener: FeedListener;
  readonly signal: AbortSignal;
  /** All that are wanted, by topic; it may change at any time. */
  readonly followed: ReadonlyMap<string, FollowedTopic>;
  readonly unavailable: UnavailableTopics;
  /** What is to be said of a channel that the venue refused in these words. */
  readonly describeRefusal: (channel: BybitChannel, words: string) => Unavailable;
}

/** How long a topic whose book broke waits before it is subscribed to again. */
const RESYNC_PAUSE_MS = 1_000;

/** One connection, from the handshake to its end: subscribes, and brings each frame to its follower. */
export class BybitSession {
  readonly #options: SessionOptions;
  readonly #socket: BybitSocket;
  readonly #subscriptions: Subscriptions;
  /** Ends what was begun for a topic on this connection. */
  readonly #topicEnds = new Map<string, AbortController>();
  readonly #resyncing = new Set<string>();
  readonly #resyncsAsked = new Set<string>();
  /** Ends with the connection. */
  readonly #over = new AbortController();
  #isOpen = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    const { config, clock, signal, followed } = options;
    this.#socket = new BybitSocket({
      url: `${config.hosts.wsUrl}/v5/public/${config.category}`,
      clock,
      signal,
      onFrame: (text) => {
        this.#receive(text);
      },
    });
    this.#subscriptions = new Subscriptions({
      socket: this.#socket,
      category: config.category,
      isWanted: (topic) => followed.has(topic),
      onRefused: (topic, words) => {
        this.#refuse(topic, words);
      },
      onAccepted: (topic) => {
        this.#accept(topic);
      },
    });
  }

  /** Rejects with the FeedError that ended the connection; resolves if the signal did. */
  async run(): Promise<void> {
    const { listener, followed, signal } = this.#options;
    try {
      await Promise.race([this.#socket.opened(), this.#socket.ended]);
      if (signal.aborted) {
        return;
      }
      this.#isOpen = true;
      listener.onConnected();
      void this.add([...followed.keys()]);
      await this.#socket.ended;
    } finally {
      this.#over.abort();
      for (const [topic, end] of this.#topicEnds) {
        end.abort();
        followed.get(topic)?.follower.end();
      }
    }
  }

  /** Subscribes to topics that are wanted now; before the connection stands, that is all of them. */
  async add(topics: readonly string[]): Promise<void> {
    if (!this.#isOpen) {
      return;
    }
    for (const topic of topics) {
      this.#begin(topic);
    }
    await this.#subscriptions.add(topics);
  }

  /** Ends the subscription to a topic that is not wanted any more. */
  async remove(topic: string): Promise<void> {
    this.#topicEnds.get(topic)?.abort();
    this.#topicEnds.delete(topic);
    await this.#subscriptions.remove(topic);
  }

  #begin(topic: string): void {
    if (this.#topicEnds.has(topic)) {
      return;
    }
    const end = new AbortController();
    this.#topicEnds.set(topic, end);
    const followed = this.#options.followed.get(topic);
    followed?.follower.begin({
      listener: this.#options.listener,
      signal: end.signal,
      resync: () => {
        void this.#resync(topic);
      },
      lose: () => {
        this.#options.listener.onStateLost(formatChannel(followed.channel));
      },
      report: (reason) => {
        this.#report(followed, reason);
      },
    });
  }

  #receive(text: string): void {
    const { listener, followed } = this.#options;
    let frame;
    try {
      frame = parseFrame(text);
    } catch (error) {
      listener.onRejectedFrame(toError(error).message, text);
      return;
    }
    if (frame.type === 'pong') {
      return;
    }
    if (frame.type === 'answer') {
      if (!this.#socket.settle(frame)) {
        listener.onRejectedFrame('Expected an answer to a frame of ours', text);
      }
      return;
    }
    if (frame.type === 'unknown') {
      listener.onRejectedFrame('Expected a topic or an answer', text);
      return;
    }
    // What is not wanted any more may come for a moment.
    const follower = followed.get(frame.topic)?.follower;
    if (follower !== undefined && this.#topicEnds.has(frame.topic)) {
      follower.receive(frame);
      listener.onData();
    }
  }

  #refuse(topic: string, words: string): void {
    const { followed, unavailable, describeRefusal } = this.#options;
    const channel = followed.get(topic)?.channel;
    if (channel !== undefined) {
      unavailable.refuse(topic, describeRefusal(channel, words));
    }
  }

  #accept(topic: string): void {
    this.#options.unavailable.accept(topic);
    this.#options.followed.get(topic)?.follower.accepted();
  }

  #report({ topic, channel }: FollowedTopic, reason: string | undefined): void {
    const { instrument } = channel;
    this.#options.unavailable.setBehind(
      topic,
      reason === undefined ? undefined : { instrument, channel: formatChannel(channel), reason },
    );
  }

  /** Once at a time for each topic, and not at once: a venue that gaps all the time is not hammered. */
  async #resync(topic: string): Promise<void> {
    this.#resyncsAsked.add(topic);
    if (this.#resyncing.has(topic)) {
      return;
    }
    this.#resyncing.add(topic);
    while (this.#resyncsAsked.delete(topic)) {
      await this.#subscriptions.remove(topic);
      await this.#subscriptions.add([topic]);
      await this.#options.clock.sleep(RESYNC_PAUSE_MS, this.#over.signal);
    }
    this.#resyncing.delete(topic);
  }
}
