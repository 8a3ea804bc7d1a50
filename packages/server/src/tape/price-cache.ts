import type { PriceFields, Quote } from '@tickwire/protocol';
import { toError } from '../domain/errors.ts';
import { Spacing } from '../domain/spacing.ts';
import type { Bus, Envelope } from '../ports/bus.ts';
import type { Cache } from '../ports/cache.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { LastValues } from './last-values.ts';
import type { RelayParser } from './relay.ts';

export interface PriceCacheOptions {
  readonly bus: Pick<Bus, 'subscribe' | 'isOwn'>;
  readonly cache: Pick<Cache, 'setFields' | 'fields'>;
  readonly lastValues: Pick<LastValues, 'quote' | 'restore'>;
  /** Those whose prices are taken back. */
  readonly pairs: readonly string[];
  /** A price as other programs are to read it … */
  readonly fieldsOf: (quote: Quote) => PriceFields;
  /** … and as they may have written it, which is what they may publish as well. */
  readonly parse: RelayParser;
  /** How long a price stays after it was written: milliseconds. */
  readonly ttlMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Of each instrument no more than four prices a second are written. */
const WRITE_EVERY_MS = 250;
const RETRY_MS = 1_000;
const LOG_SPACING_MS = 60_000;

/**
 * Keeps the newest price of every instrument in the cache. Only the process that has published a
 * price writes it. A newer one takes the place of one that waits, so that what waits is bounded;
 * the last one is tried until it is written.
 */
export class PriceCache {
  readonly #options: PriceCacheOptions;
  /** By instrument, until it is known that it was written. */
  readonly #waiting = new Map<string, Quote>();
  readonly #logSpacing = new Spacing(LOG_SPACING_MS);
  readonly #stop = new AbortController();
  #isWriting = false;
  #writing: Promise<void> | undefined;
  #unsubscribe: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: PriceCacheOptions) {
    this.#options = options;
  }

  /** Writes from now on; resolves when the prices of pairs that nothing is known of are back. */
  async start(): Promise<void> {
    const { bus, pairs } = this.#options;
    this.#unsubscribe ??= bus.subscribe((envelope) => {
      this.#take(envelope);
    });
    await Promise.all(pairs.map((pair) => this.#recall(pair)));
  }

  /** Tries once more to write what waits; never rejects. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      this.#unsubscribe?.();
      this.#stop.abort();
      await this.#writing;
      await this.#writeAll();
    })();
    return this.#closing;
  }

  async #recall(pair: string): Promise<void> {
    const { cache, lastValues, parse, logger } = this.#options;
    if (lastValues.quote(pair) !== undefined) {
      return;
    }
    const fields = await cache.fields(`price:${pair}`);
    // Without its time nobody could say how old it is.
    if (fields?.['time'] === undefined) {
      return;
    }
    try {
      const event = parse('price_updates', { instrument: pair, price: fields });
      if (event.type === 'quote') {
        lastValues.restore(event);
      }
    } catch (error) {
      logger.debug({ err: toError(error), pair }, 'Its price in the cache is none');
    }
  }

  #take(envelope: Envelope): void {
    const { event } = envelope;
    if (event.type !== 'quote') {
      return;
    }
    if (!this.#options.bus.isOwn(envelope)) {
      // Whoever has published it writes it: one of ours that waits would be older.
      this.#waiting.delete(event.instrument);
      return;
    }
    this.#waiting.set(event.instrument, event);
    if (!this.#isWriting) {
      this.#isWriting = true;
      this.#writing = this.#writeOnAndOn();
    }
  }

  async #writeOnAndOn(): Promise<void> {
    const { signal } = this.#stop;
    // What comes in one turn of the event loop goes together.
    await Promise.resolve();
    while (this.#waiting.size > 0 && !signal.aborted) {
      const isDone = await this.#writeAll();
      await this.#options.clock.sleep(isDone ? WRITE_EVERY_MS : RETRY_MS, signal);
    }
    this.#isWriting = false;
  }

  /** Resolves with whether all that waited was written. */
  async #writeAll(): Promise<boolean> {
    const written = await Promise.all(Array.from(this.#waiting, ([, quote]) => this.#write(quote)));
    return written.every((isWritten) => isWritten);
  }

  async #write(quote: Quote): Promise<boolean> {
    const { cache, fieldsOf, ttlMs, clock, logger } = this.#options;
    const { instrument } = quote;
    try {
      await cache.setFields(`price:${instrument}`, { ...fieldsOf(quote) }, ttlMs);
    } catch (error) {
      if (this.#logSpacing.take(clock.elapsed())) {
        logger.warn({ err: toError(error), waiting: this.#waiting.size }, 'Prices are not cached');
      }
      return false;
    }
    if (this.#waiting.get(instrument) === quote) {
      this.#waiting.delete(instrument);
    }
    return true;
  }
}
