import type { ChannelOptions, StreamId, StreamRequest } from '@tickwire/protocol';
import type { Clock, ScheduledCall } from './clock.ts';
import type { Follower } from './follower.ts';
import { RequestBudget } from './request-budget.ts';

/** The server takes 64 KiB, of which a channel with all of its options needs 200 bytes. */
const CHANNELS_PER_REQUEST = 200;

/**
 * What is to be asked for and left over one connection: whatever is wanted in the same moment goes
 * in one request, and no more requests go than the server takes.
 */
export class RequestQueue {
  readonly #clock: Clock;
  readonly #send: (request: StreamRequest) => void;
  readonly #asking = new Set<Follower>();
  readonly #leaving = new Set<string>();
  readonly #asked = new Map<StreamId, readonly Follower[]>();
  /** Undefined where there is no connection. */
  #budget: RequestBudget | undefined;
  #lastId = 0;
  #isScheduled = false;
  #timer: ScheduledCall | undefined;
  /** When those that were refused are asked for again. */
  readonly #later = new Map<Follower, ScheduledCall>();

  constructor(clock: Clock, send: (request: StreamRequest) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  /** There is a connection, over which nothing has been asked for. */
  open(): void {
    this.#budget = new RequestBudget(this.#clock);
  }

  /** The connection is gone, and with it whatever was asked for. */
  close(): void {
    this.#budget = undefined;
    this.#timer?.cancel();
    this.#isScheduled = false;
    for (const later of this.#later.values()) {
      later.cancel();
    }
    this.#later.clear();
    this.#asking.clear();
    this.#leaving.clear();
    this.#asked.clear();
  }

  ask(follower: Follower): void {
    this.#forgetLater(follower);
    this.#asking.add(follower);
    this.#schedule();
  }

  /** Asks after a while, if the connection lives so long. */
  askLater(follower: Follower, ms: number): void {
    this.#forgetLater(follower);
    const later = this.#clock.schedule(ms, () => {
      this.ask(follower);
    });
    this.#later.set(follower, later);
  }

  /** Leaves a channel, by its name, before anything is asked for that is not yet. */
  leave(follower: Follower): void {
    this.#forgetLater(follower);
    this.#asking.delete(follower);
    this.#leaving.add(follower.channel);
    this.#schedule();
  }

  /** Who asked what is answered now. */
  answered(id: StreamId | undefined): readonly Follower[] {
    const followers = (id !== undefined && this.#asked.get(id)) || [];
    if (id !== undefined) {
      this.#asked.delete(id);
    }
    return followers;
  }

  #forgetLater(follower: Follower): void {
    this.#later.get(follower)?.cancel();
    this.#later.delete(follower);
  }

  #schedule(): void {
    if (this.#budget !== undefined && !this.#isScheduled) {
      this.#isScheduled = true;
      queueMicrotask(() => {
        this.#flush();
      });
    }
  }

  #flush(): void {
    this.#isScheduled = false;
    while (this.#budget !== undefined && this.#leaving.size + this.#asking.size > 0) {
      const waitMs = this.#budget.take();
      if (waitMs > 0) {
        this.#isScheduled = true;
        this.#timer = this.#clock.schedule(waitMs, () => {
          this.#flush();
        });
        return;
      }
      this.#sendNext();
    }
  }

  #sendNext(): void {
    const id = (this.#lastId += 1);
    if (this.#leaving.size > 0) {
      const channels = [...this.#leaving].slice(0, CHANNELS_PER_REQUEST);
      for (const name of channels) {
        this.#leaving.delete(name);
      }
      this.#send({ op: 'unsubscribe', id, channels });
      return;
    }
    const followers = [...this.#asking].slice(0, CHANNELS_PER_REQUEST);
    const channels: Record<string, ChannelOptions> = {};
    for (const follower of followers) {
      this.#asking.delete(follower);
      channels[follower.channel] = follower.request();
    }
    this.#asked.set(id, followers);
    this.#send({ op: 'subscribe', id, channels });
  }
}
