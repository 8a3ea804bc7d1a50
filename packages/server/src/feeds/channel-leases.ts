import { type Channel, formatChannel } from '@tickwire/protocol';
import { ChannelError } from '../domain/errors.ts';
import type { ChannelLease } from '../ports/channels.ts';
import type { Clock, ScheduledCall } from '../ports/clock.ts';

export interface ChannelLeasesOptions<Followed extends Channel> {
  readonly follow: (channel: Followed) => void;
  readonly unfollow: (channel: Followed) => void;
  /** How many channels that nobody configured may be followed at once. */
  readonly limit: number;
  readonly clock: Clock;
}

/** How long a channel is followed after its last client has gone: some come back at once. */
const LINGER_MS = 60_000;
/** Before that it does not make room for another: each change costs the venue's patience. */
const MIN_LINGER_MS = 10_000;

interface Entry<Followed extends Channel> {
  readonly channel: Followed;
  clients: number;
  /** When its last client went, on the clock that never jumps. */
  leftAt: number;
  lingering: ScheduledCall | undefined;
}

/** Follows channels for as long as somebody holds on to them, and a little longer. */
export class ChannelLeases<Followed extends Channel> {
  readonly #options: ChannelLeasesOptions<Followed>;
  readonly #kept = new Map<string, ChannelLease>();
  readonly #entries = new Map<string, Entry<Followed>>();

  constructor(options: ChannelLeasesOptions<Followed>) {
    this.#options = options;
  }

  /** The names of the channels that are followed now. */
  get followed(): readonly string[] {
    return [...this.#kept.keys(), ...this.#entries.keys()];
  }

  /** Follows a channel for good, whoever is there. */
  keep(channel: Followed): void {
    const lease = { channel, isShared: true, release: () => undefined } as const;
    this.#kept.set(formatChannel(channel), lease);
    this.#options.follow(channel);
  }

  has(channel: Followed): boolean {
    const name = formatChannel(channel);
    return this.#kept.has(name) || this.#entries.has(name);
  }

  /** Throws a ChannelError where no more channels can be followed. */
  lease(channel: Followed): ChannelLease {
    const name = formatChannel(channel);
    const kept = this.#kept.get(name);
    if (kept !== undefined) {
      return kept;
    }
    const entry = this.#entries.get(name) ?? this.#begin(name, channel);
    entry.lingering?.cancel();
    entry.lingering = undefined;
    entry.leftAt = Infinity;
    entry.clients += 1;
    let isHeld = true;
    return {
      channel,
      release: () => {
        if (isHeld) {
          isHeld = false;
          this.#release(name, entry);
        }
      },
    };
  }

  #begin(name: string, channel: Followed): Entry<Followed> {
    if (this.#entries.size >= this.#options.limit) {
      this.#makeRoom();
    }
    const entry = { channel, clients: 0, leftAt: Infinity, lingering: undefined };
    this.#entries.set(name, entry);
    this.#options.follow(channel);
    return entry;
  }

  /** A channel that nobody holds on to any more goes before its time. */
  #makeRoom(): void {
    const leftBefore = this.#options.clock.elapsed() - MIN_LINGER_MS;
    const [name] = [...this.#entries].find(([, { leftAt }]) => leftAt <= leftBefore) ?? [];
    if (name === undefined) {
      const message = `At most ${this.#options.limit} channels are followed on demand`;
      throw new ChannelError('RATE_LIMITED', message);
    }
    this.#end(name);
  }

  #release(name: string, entry: Entry<Followed>): void {
    entry.clients -= 1;
    if (entry.clients === 0) {
      entry.leftAt = this.#options.clock.elapsed();
      entry.lingering = this.#options.clock.schedule(LINGER_MS, () => {
        this.#end(name);
      });
    }
  }

  #end(name: string): void {
    const entry = this.#entries.get(name);
    if (entry !== undefined) {
      entry.lingering?.cancel();
      this.#entries.delete(name);
      this.#options.unfollow(entry.channel);
    }
  }
}
