import type { MarketEvent } from '@tickwire/protocol';

/** An event with its place in its channel: numbered 1, 2, 3 … under an epoch. */
export interface Envelope {
  readonly channel: string;
  /** Changes when, and only when, numbering starts anew. */
  readonly epoch: string;
  readonly seq: number;
  readonly event: MarketEvent;
  /** Its numbers in further channels, under the same epoch: those that an alert is in as well. */
  readonly also?: Readonly<Record<string, number>>;
}

/** Receives every envelope once, in the order of each channel. */
export type BusSubscriber = (envelope: Envelope) => void;

/** Carries the tape to all who read it. */
export interface Bus {
  /**
   * Brings an envelope to every subscriber. A subscriber that throws MUST NOT keep it from the
   * others; it is reported to `onError`.
   */
  publish(envelope: Envelope): void;
  /** Subscribes; the function that is returned ends it. */
  subscribe(subscriber: BusSubscriber): () => void;
  /** Ends all subscriptions. */
  close(): Promise<void>;
}
