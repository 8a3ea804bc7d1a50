import type { ChannelSubscribed, ChannelsConfirmed } from '@tickwire/protocol';
import type { Envelope } from '../../src/ports/bus.ts';
import type { ChannelModel, ModelMessage } from './channel-model.ts';

/** What a client asked of one channel, and how things stood when it did. */
export interface AskedChannel {
  readonly since: { readonly seq: number; readonly epoch: string } | undefined;
  readonly isConfirmedOnly: boolean;
  readonly head: number;
  readonly oldest: number;
}

interface Followed {
  /** The number after which the client is to have everything. */
  readonly base: number;
  readonly isConfirmedOnly: boolean;
  /** What it had over another of its channels before. */
  readonly had: ReadonlySet<number>;
  next: number;
}

const ALERTS_IN_STATE = 100;

/**
 * What PROTOCOL.md promises one connection, told message by message; everything that is not so is
 * a problem. For each channel, what reaches the client is what was published, each number once and
 * in order, whichever of its channels an alert comes over.
 */
export class ChannelExpectation {
  readonly problems: string[] = [];
  /** What came, in order. */
  readonly received: ModelMessage[] = [];
  readonly #model: ChannelModel;
  readonly #now: () => number;
  readonly #followed = new Map<string, Followed>();

  constructor(model: ChannelModel, now: () => number) {
    this.#model = model;
    this.#now = now;
  }

  get subscriptions(): readonly string[] {
    return [...this.#followed.keys()].sort();
  }

  /** The place up to which the client has everything; undefined for what it does not follow. */
  position(name: string): number | undefined {
    const followed = this.#followed.get(name);
    return followed && followed.next - 1;
  }

  answered(asked: ReadonlyMap<string, AskedChannel>, confirmed: ChannelsConfirmed): void {
    const begun = new Map<string, Followed>();
    for (const [name, { since, isConfirmedOnly, head, oldest }] of asked) {
      const answer = confirmed.channels[name];
      if (answer === undefined) {
        this.#problem(`${name} is not answered`);
        continue;
      }
      const now = this.#model.head(name);
      this.#check(answer.epoch === this.#model.epoch, `${name}: epoch ${answer.epoch}`);
      this.#check(answer.seq === now, `${name}: number ${answer.seq} in the place of ${now}`);
      this.#check((answer.recovered === undefined) === (since === undefined), `${name}: recovered`);
      if (since !== undefined) {
        const isSame = since.epoch === this.#model.epoch;
        const must =
          isSame && since.seq <= head && since.seq >= this.#model.oldest(name, this.#now());
        const may = isSame && since.seq <= now && since.seq >= oldest;
        this.#check(
          answer.recovered === true ? may : !must,
          `${name}: recovered ${String(answer.recovered)} since ${since.seq} of ${now}`,
        );
      }
      const base = answer.recovered === true ? (since?.seq ?? NaN) : answer.seq;
      this.#checkState(name, answer);
      begun.set(name, { base, next: base + 1, isConfirmedOnly, had: new Set() });
      this.#followed.delete(name);
    }
    const others = [...this.#followed];
    for (const [name, followed] of begun) {
      const had = this.#model
        .all(name)
        .filter(({ places }) =>
          others.some(([other, { base, next, had: hadThere }]) => {
            const place = places[other] ?? 0;
            return place > base && (place < next || hadThere.has(place));
          }),
        )
        .map(({ places }) => places[name] ?? 0);
      this.#followed.set(name, this.#passOver(name, { ...followed, had: new Set(had) }));
    }
    this.#checkList(confirmed.subscriptions);
  }

  left(names: readonly string[], subscriptions: readonly string[]): void {
    for (const name of names) {
      this.#followed.delete(name);
    }
    this.#checkList(subscriptions);
  }

  delivered(channel: string, seq: number, { event }: Envelope): void {
    const message = this.#model.at(channel, seq);
    if (message?.event !== event || !this.#followed.has(channel)) {
      this.#problem(`${channel} ${seq} is not what was published there, or not followed`);
      return;
    }
    this.received.push(message);
    for (const [name, place] of Object.entries(message.places)) {
      const followed = this.#followed.get(name);
      if (followed === undefined || (place <= followed.base && name !== channel)) {
        continue;
      }
      this.#check(place === followed.next, `${name} ${place} in the place of ${followed.next}`);
      followed.next = place + 1;
      this.#passOver(name, followed);
    }
  }

  /** What the client does not have yet. */
  missing(): readonly string[] {
    return Array.from(this.#followed).flatMap(([name, { next }]) => {
      const head = this.#model.head(name);
      return next === head + 1 ? [] : [`${name}: ${head - next + 1} of ${head} did not come`];
    });
  }

  /** Something was published: numbers that this client is never sent are passed over. */
  published({ places }: ModelMessage): void {
    for (const name of Object.keys(places)) {
      const followed = this.#followed.get(name);
      if (followed !== undefined) {
        this.#passOver(name, followed);
      }
    }
  }

  #passOver(name: string, followed: Followed): Followed {
    for (;;) {
      const event = this.#model.at(name, followed.next)?.event;
      const isForming = event?.type === 'candle' && !event.isConfirmed;
      if (!(isForming && followed.isConfirmedOnly) && !followed.had.has(followed.next)) {
        return followed;
      }
      followed.next += 1;
    }
  }

  #checkState(name: string, { snapshot, recovered }: ChannelSubscribed): void {
    if (recovered === true) {
      this.#check(snapshot === undefined, `${name}: a state beside what was missed`);
      return;
    }
    const last = this.#model.all(name).at(-1)?.event;
    if (last?.type === 'quote') {
      this.#check(snapshot?.price?.bid === last.bid, `${name}: an old price`);
    } else if (last?.type === 'candle') {
      const candle = snapshot?.candles?.at(-1);
      const isLast = candle?.start === last.start && candle.confirm === last.isConfirmed;
      this.#check(isLast, `${name}: an old candle`);
    } else if (name.startsWith('alerts')) {
      const expected = this.#model.all(name).slice(-ALERTS_IN_STATE);
      const numbers = snapshot?.alerts?.map(({ positions }) => positions[name]) ?? [];
      const wanted = expected.map(({ places }) => places[name]);
      this.#check(numbers.join() === wanted.join(), `${name}: other alerts`);
    }
  }

  #checkList(subscriptions: readonly string[]): void {
    const listed = [...subscriptions].sort().join();
    this.#check(listed === this.subscriptions.join(), `subscriptions ${listed}`);
  }

  #check(isTrue: boolean, problem: string): void {
    if (!isTrue) {
      this.#problem(problem);
    }
  }

  #problem(problem: string): void {
    this.problems.push(problem);
  }
}
