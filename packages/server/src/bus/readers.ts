import { toError } from '../domain/errors.ts';
import type { BusSubscriber, ChannelWatcher, Envelope } from '../ports/bus.ts';

/** Those who read a bus within this process. */
export class Readers {
  readonly #subscribers = new Set<BusSubscriber>();
  readonly #watchers = new Set<ChannelWatcher>();
  readonly #onError: (error: Error) => void;

  /** `onError` is called with what one of them threw. */
  constructor(onError: (error: Error) => void) {
    this.#onError = onError;
  }

  subscribe(subscriber: BusSubscriber): () => void {
    // A wrapper of its own, so that one function subscribed twice is two subscriptions.
    const own: BusSubscriber = (envelope) => {
      subscriber(envelope);
    };
    this.#subscribers.add(own);
    return () => {
      this.#subscribers.delete(own);
    };
  }

  watch(watcher: ChannelWatcher): () => void {
    const own: ChannelWatcher = { ...watcher };
    this.#watchers.add(own);
    return () => {
      this.#watchers.delete(own);
    };
  }

  /** Brings an envelope to every subscriber; one that throws does not keep it from the others. */
  bring(envelope: Envelope): void {
    for (const subscriber of this.#subscribers) {
      this.#isolate(() => {
        subscriber(envelope);
      });
    }
  }

  /** Tells every watcher something. */
  tell(something: (watcher: ChannelWatcher) => void): void {
    for (const watcher of this.#watchers) {
      this.#isolate(() => {
        something(watcher);
      });
    }
  }

  /** Ends all subscriptions. */
  clear(): void {
    this.#subscribers.clear();
    this.#watchers.clear();
  }

  #isolate(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#onError(toError(error));
    }
  }
}
