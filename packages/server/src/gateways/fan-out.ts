import { Batch } from './batch.ts';
import type { ChannelMessage } from './channel-message.ts';
import type { FanOutCounters } from './fan-out-counters.ts';
import type { Outbox } from './outbox.ts';
import type { TurnEnd } from './turn-end.ts';

export interface FanOutOptions {
  readonly counters: FanOutCounters;
  readonly turnEnd: TurnEnd;
  /** Milliseconds on a clock that never jumps. */
  readonly elapsed: () => number;
}

/** All who are on the same topics, and what this turn has brought them so far. */
interface Audience {
  readonly key: string;
  readonly topics: readonly Topic[];
  readonly places: Place[];
  pending: ChannelMessage[];
  pendingBytes: number;
  /** The number of the last message that it got, so that none comes to it by two topics. */
  publication: number;
}

interface Topic {
  readonly name: string;
  readonly id: number;
  readonly audiences: Set<Audience>;
}

/** A turn that brings an audience more than this is sent on in parts. */
const FLUSH_BYTES = 32_768;

/**
 * Brings messages to all who are on a topic. During a turn of the event loop nothing is written:
 * clients that are on the same topics form one audience, which collects messages once for all of
 * them. At the end of the turn its messages are joined once, and each client costs one write. So the
 * cost of a message is one step for each audience, and does not grow with how many topics there are.
 */
export class FanOut {
  readonly #options: FanOutOptions;
  readonly #topics = new Map<string, Topic>();
  readonly #audiences = new Map<string, Audience>();
  readonly #moving = new Set<Place>();
  #dirty: Audience[] = [];
  #topicCount = 0;
  #publication = 0;
  #collectedSince = 0;
  #collected = 0;

  constructor(options: FanOutOptions) {
    this.#options = options;
  }

  /** A place for a client, on no topic yet. */
  add(outbox: Outbox): Place {
    return new Place(outbox, this);
  }

  /** The topics of a client have changed: it is moved before the next message, or now. */
  moved(place: Place): void {
    if (this.#moving.size === 0) {
      this.#options.turnEnd.run(() => {
        this.#settle();
      });
    }
    this.#moving.add(place);
  }

  /** Whether anybody is on a topic. */
  has(topic: string): boolean {
    this.#settle();
    return this.#topics.has(topic);
  }

  /**
   * Brings a message to all who are on any of the topics, each once: for the first of them that one
   * is on. `messageOf` is asked only for topics that somebody is on.
   */
  publish(topics: readonly string[], messageOf: (topic: string) => ChannelMessage): void {
    this.#settle();
    this.#publication += 1;
    let isWanted = false;
    for (const name of topics) {
      const topic = this.#topics.get(name);
      if (topic !== undefined) {
        isWanted = true;
        this.#collect(topic, messageOf(name));
      }
    }
    this.#collected += isWanted ? 1 : 0;
  }

  #collect({ audiences }: Topic, message: ChannelMessage): void {
    const bytes = message.frame.plain.length;
    for (const audience of audiences) {
      if (audience.publication === this.#publication) {
        continue;
      }
      audience.publication = this.#publication;
      if (audience.pending.length === 0) {
        this.#begin(audience);
      }
      audience.pending.push(message);
      audience.pendingBytes += bytes;
      if (audience.pendingBytes > FLUSH_BYTES) {
        this.#flush(audience);
      }
    }
  }

  #begin(audience: Audience): void {
    if (this.#dirty.length === 0) {
      this.#collectedSince = this.#options.elapsed();
      this.#options.turnEnd.run(() => {
        this.#flushAll();
      });
    }
    this.#dirty.push(audience);
  }

  #flushAll(): void {
    const { counters, elapsed } = this.#options;
    const startedAt = elapsed();
    const dirty = this.#dirty;
    this.#dirty = [];
    for (const audience of dirty) {
      this.#flush(audience);
    }
    const endedAt = elapsed();
    const messages = this.#collected;
    this.#collected = 0;
    counters.flushes += 1;
    counters.flushedMessages += messages;
    counters.flushMs += endedAt - startedAt;
    counters.onFlush?.({
      tookMs: endedAt - startedAt,
      waitedMs: endedAt - this.#collectedSince,
      messages,
    });
  }

  #flush(audience: Audience): void {
    const { pending, places } = audience;
    if (pending.length === 0) {
      return;
    }
    audience.pending = [];
    audience.pendingBytes = 0;
    const batch = new Batch(pending);
    for (const place of places) {
      if (place.taken === 0) {
        place.outbox.flush(batch);
      } else {
        const taken = place.taken;
        place.taken = 0;
        if (taken < pending.length) {
          place.outbox.flush(batch.without(taken));
        }
      }
    }
  }

  /** Moves those whose topics have changed, before anything new is published. */
  #settle(): void {
    if (this.#moving.size === 0) {
      return;
    }
    for (const place of this.#moving) {
      const topics = place.takeTopics();
      this.#remove(place);
      if (topics.size > 0) {
        this.#put(place, topics);
      }
    }
    this.#moving.clear();
  }

  #put(place: Place, names: ReadonlySet<string>): void {
    const topics = Array.from(names, (name) => this.#topic(name)).sort((a, b) => a.id - b.id);
    const key = topics.map(({ id }) => id).join();
    let audience = this.#audiences.get(key);
    if (audience === undefined) {
      audience = { key, topics, places: [], pending: [], pendingBytes: 0, publication: 0 };
      this.#audiences.set(key, audience);
      for (const topic of topics) {
        topic.audiences.add(audience);
      }
    }
    place.audience = audience;
    place.index = audience.places.length;
    place.taken = audience.pending.length;
    audience.places.push(place);
  }

  #remove(place: Place): void {
    const { audience, index } = place;
    if (audience === undefined) {
      return;
    }
    place.handOn();
    place.audience = undefined;
    place.taken = 0;
    const last = audience.places.pop();
    if (last !== undefined && last !== place) {
      audience.places[index] = last;
      last.index = index;
    }
    if (audience.places.length === 0) {
      this.#audiences.delete(audience.key);
      for (const topic of audience.topics) {
        topic.audiences.delete(audience);
        if (topic.audiences.size === 0) {
          this.#topics.delete(topic.name);
        }
      }
    }
  }

  #topic(name: string): Topic {
    let topic = this.#topics.get(name);
    if (topic === undefined) {
      this.#topicCount += 1;
      topic = { name, id: this.#topicCount, audiences: new Set() };
      this.#topics.set(name, topic);
    }
    return topic;
  }
}

/** Where one client stands: which topics it is on, and what it was sent of this turn already. */
export class Place {
  readonly outbox: Outbox;
  audience: Audience | undefined;
  /** Its index among those of its audience. */
  index = 0;
  /** How many of the messages that its audience has collected it was sent, or came too late for. */
  taken = 0;
  /** The topics that it is to be on, where they have changed since it was put into an audience. */
  #wanted: Set<string> | undefined;
  readonly #fanOut: Pick<FanOut, 'moved'>;

  constructor(outbox: Outbox, fanOut: Pick<FanOut, 'moved'>) {
    this.outbox = outbox;
    this.#fanOut = fanOut;
  }

  join(topic: string): void {
    this.#change().add(topic);
  }

  leave(topic: string): void {
    this.#change().delete(topic);
  }

  /** Leaves all topics; what was collected for it is not sent any more. */
  close(): void {
    this.outbox.close();
    this.#change().clear();
  }

  /** The topics that it is to be on from now on, where they have changed. */
  takeTopics(): ReadonlySet<string> {
    const topics = this.#wanted ?? new Set();
    this.#wanted = undefined;
    return topics;
  }

  /** Writes what was collected for it in this turn: whatever is sent next comes behind it. */
  settle(): void {
    this.handOn();
    this.outbox.commit();
  }

  /** Gives its outbox what was collected for it in this turn. */
  handOn(): void {
    const { audience, taken } = this;
    if (audience !== undefined && audience.pending.length > taken) {
      this.taken = audience.pending.length;
      this.outbox.flush(new Batch(audience.pending.slice(taken)));
    }
  }

  #change(): Set<string> {
    this.#wanted ??= new Set(this.audience?.topics.map(({ name }) => name));
    // It may be in the middle of being sent something: it is moved before the next message.
    this.#fanOut.moved(this);
    return this.#wanted;
  }
}
