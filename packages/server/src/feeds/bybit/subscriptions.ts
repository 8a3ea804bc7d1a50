import { type BybitCategory, TOPIC_CHARACTERS, TOPICS_PER_FRAME } from './config.ts';
import { refusedTopic } from './parse.ts';
import type { BybitSocket } from './socket.ts';

export interface SubscriptionsOptions {
  readonly socket: Pick<BybitSocket, 'request'>;
  readonly category: BybitCategory;
  /** Whether a topic is still wanted; it may not be by the time a frame is sent again. */
  readonly isWanted: (topic: string) => boolean;
  /** The venue does not bring a topic, and says why in words of its own. */
  readonly onRefused: (topic: string, words: string) => void;
  readonly onAccepted: (topic: string) => void;
}

/**
 * Subscribes one connection to topics, in frames within the venue's limits. One bad topic makes the
 * venue refuse its whole frame: that one is reported, and the others are asked for without it.
 */
export class Subscriptions {
  readonly #options: SubscriptionsOptions;
  readonly #topics = new Set<string>();
  #characters = 0;

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
  }

  /** Resolves when the venue has answered for every topic. */
  async add(topics: readonly string[]): Promise<void> {
    const fitting = topics.filter((topic) => !this.#topics.has(topic) && this.#take(topic));
    const size = TOPICS_PER_FRAME[this.#options.category];
    for (let index = 0; index < fitting.length; index += size) {
      await this.#subscribe(fitting.slice(index, index + size));
    }
  }

  /** Ends the subscription to a topic, if there is one. */
  async remove(topic: string): Promise<void> {
    if (this.#forget(topic)) {
      await this.#options.socket.request('unsubscribe', [topic]);
    }
  }

  async #subscribe(asked: readonly string[]): Promise<void> {
    const topics = asked.filter((topic) => this.#options.isWanted(topic));
    asked.filter((topic) => !topics.includes(topic)).forEach((topic) => this.#forget(topic));
    if (topics.length === 0) {
      return;
    }
    const { isSuccess, message } = await this.#options.socket.request('subscribe', topics);
    if (isSuccess) {
      topics.forEach(this.#options.onAccepted);
      return;
    }
    const named = refusedTopic(message);
    const refused = topics.length === 1 ? topics[0] : topics.find((topic) => topic === named);
    if (refused === undefined) {
      // It does not say which one: each half has fewer to suspect.
      const half = Math.ceil(topics.length / 2);
      await this.#subscribe(topics.slice(0, half));
      await this.#subscribe(topics.slice(half));
      return;
    }
    if (message.startsWith('error:already subscribed')) {
      this.#options.onAccepted(refused);
    } else {
      this.#forget(refused);
      this.#options.onRefused(refused, message);
    }
    await this.#subscribe(topics.filter((topic) => topic !== refused));
  }

  #take(topic: string): boolean {
    if (this.#characters + topic.length > TOPIC_CHARACTERS) {
      this.#options.onRefused(topic, 'no more topics fit on one connection');
      return false;
    }
    this.#characters += topic.length;
    this.#topics.add(topic);
    return true;
  }

  #forget(topic: string): boolean {
    const isKnown = this.#topics.delete(topic);
    this.#characters -= isKnown ? topic.length : 0;
    return isKnown;
  }
}
