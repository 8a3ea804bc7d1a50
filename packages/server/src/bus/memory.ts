import { toError } from '../domain/errors.ts';
import type { Bus, BusSubscriber, Envelope } from '../ports/bus.ts';

export interface MemoryBusOptions {
  /** Called with what a subscriber threw. */
  readonly onError: (error: Error) => void;
}

/** Carries envelopes within one process, synchronously: what is published has been delivered. */
export function createMemoryBus({ onError }: MemoryBusOptions): Bus {
  const subscribers = new Set<BusSubscriber>();
  return {
    publish(envelope: Envelope) {
      for (const subscriber of subscribers) {
        try {
          subscriber(envelope);
        } catch (error) {
          onError(toError(error));
        }
      }
    },
    subscribe(subscriber) {
      // A wrapper of its own, so that one function subscribed twice is two subscriptions.
      const own: BusSubscriber = (envelope) => {
        subscriber(envelope);
      };
      subscribers.add(own);
      return () => {
        subscribers.delete(own);
      };
    },
    close() {
      subscribers.clear();
      return Promise.resolve();
    },
  };
}
