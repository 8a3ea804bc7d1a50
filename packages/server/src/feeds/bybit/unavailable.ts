import type { FeedListener, Unavailable } from '../../ports/feed.ts';

/**
 * What the venue does not bring now, told to the listener whenever it changes: topics that it
 * refused, and topics that it brings but that wait for what was missed. One does not undo the other.
 */
export class UnavailableTopics {
  readonly #refused = new Map<string, Unavailable>();
  readonly #behind = new Map<string, Unavailable>();
  #listener: FeedListener | undefined;

  /** Tells a new listener all there is. */
  attach(listener: FeedListener): void {
    this.#listener = listener;
    this.#tell();
  }

  /** The topics that the venue refused. */
  get refused(): readonly string[] {
    return [...this.#refused.keys()];
  }

  /** The venue refuses a topic; replaces what was said of it before. */
  refuse(topic: string, unavailable: Unavailable): void {
    this.#set(this.#refused, topic, unavailable);
  }

  /** The venue has accepted a topic. */
  accept(topic: string): void {
    this.#set(this.#refused, topic, undefined);
  }

  /** A topic waits for what was missed; undefined: it does not any more. */
  setBehind(topic: string, unavailable: Unavailable | undefined): void {
    this.#set(this.#behind, topic, unavailable);
  }

  /** A topic is not wanted any more. */
  forget(topic: string): void {
    this.#set(this.#refused, topic, undefined);
    this.#set(this.#behind, topic, undefined);
  }

  #set(
    topics: Map<string, Unavailable>,
    topic: string,
    unavailable: Unavailable | undefined,
  ): void {
    if (topics.get(topic)?.reason === unavailable?.reason) {
      return;
    }
    if (unavailable === undefined) {
      topics.delete(topic);
    } else {
      topics.set(topic, unavailable);
    }
    this.#tell();
  }

  #tell(): void {
    const told = new Map([...this.#behind, ...this.#refused]);
    this.#listener?.onUnavailable([...told.values()]);
  }
}
