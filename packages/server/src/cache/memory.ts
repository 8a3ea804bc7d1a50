import { UseCount } from '../domain/use-count.ts';
import type { Cache, CacheFields, CacheUsage, FieldsKey, TextKey } from '../ports/cache.ts';
import type { Clock } from '../ports/clock.ts';

export interface MemoryCacheOptions {
  readonly clock: Pick<Clock, 'elapsed'>;
  /** How many keys it has at most: of more, those go that were written longest ago. */
  readonly maxKeys?: number;
}

interface Entry {
  readonly value: string | CacheFields;
  /** On the clock that does not jump. */
  readonly endsAt: number;
}

const MAX_KEYS = 10_000;

/** The cache of one process. What has ended takes room until it is looked up, or is the oldest. */
export class MemoryCache implements Cache {
  readonly #clock: Pick<Clock, 'elapsed'>;
  readonly #maxKeys: number;
  /** Written longest ago first. */
  readonly #entries = new Map<string, Entry>();
  readonly #uses = new UseCount();

  constructor({ clock, maxKeys = MAX_KEYS }: MemoryCacheOptions) {
    this.#clock = clock;
    this.#maxKeys = maxKeys;
  }

  setFields(key: FieldsKey, fields: CacheFields, ttlMs: number): Promise<void> {
    this.#set(key, Object.keys(fields).length === 0 ? undefined : { ...fields }, ttlMs);
    return Promise.resolve();
  }

  fields(key: FieldsKey): Promise<CacheFields | undefined> {
    const value = this.#get(key);
    return Promise.resolve(typeof value === 'object' ? { ...value } : undefined);
  }

  setText(key: TextKey, text: string, ttlMs: number): Promise<void> {
    this.#set(key, text, ttlMs);
    return Promise.resolve();
  }

  text(key: TextKey): Promise<string | undefined> {
    const value = this.#get(key);
    return Promise.resolve(typeof value === 'string' ? value : undefined);
  }

  usage(): CacheUsage {
    const now = this.#clock.elapsed();
    const living = [...this.#entries].filter(([, { endsAt }]) => now < endsAt);
    const count = (prefix: string): number =>
      living.filter(([key]) => key.startsWith(prefix)).length;
    return {
      address: undefined,
      isConnected: true,
      usedBytes: living.reduce((sum, [key, { value }]) => sum + key.length + lengthOf(value), 0),
      maxBytes: 0,
      operations: this.#uses.total,
      operationsPerSecond: this.#uses.perSecond(now),
      priceKeys: count('price:'),
      metricKeys: count('metrics:'),
      totalKeys: living.length,
    };
  }

  #set(key: string, value: Entry['value'] | undefined, ttlMs: number): void {
    const now = this.#clock.elapsed();
    this.#uses.add(now);
    this.#entries.delete(key);
    if (value === undefined) {
      return;
    }
    this.#entries.set(key, { value, endsAt: now + ttlMs });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#maxKeys && oldest !== undefined) {
      this.#entries.delete(oldest);
    }
  }

  #get(key: string): Entry['value'] | undefined {
    const now = this.#clock.elapsed();
    this.#uses.add(now);
    const entry = this.#entries.get(key);
    if (entry !== undefined && now >= entry.endsAt) {
      this.#entries.delete(key);
      return undefined;
    }
    return entry?.value;
  }
}

function lengthOf(value: Entry['value']): number {
  return typeof value === 'string' ? value.length : Object.entries(value).flat().join('').length;
}
