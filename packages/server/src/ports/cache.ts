/** The keys of the contract that have fields: the newest price of an instrument, and its metrics. */
export type FieldsKey = `price:${string}` | `metrics:${string}`;

/** The keys of the contract that have a text, which is JSON. */
export type TextKey = 'correlation:matrix' | `best_pairs:${string}`;

/** Fields by name, all of them text. */
export type CacheFields = Readonly<Record<string, string>>;

/** How much is in a cache, and how much it is used. */
export interface CacheUsage {
  /** Where it is; undefined for one in this process. */
  readonly address: { readonly host: string; readonly port: number } | undefined;
  /** Whether it answers; where it does not, all counts are 0: nobody knows them. */
  readonly isConnected: boolean;
  readonly usedBytes: number;
  /** 0 where there is no limit of bytes. */
  readonly maxBytes: number;
  /** Reads and writes so far, and in the last second. */
  readonly operations: number;
  readonly operationsPerSecond: number;
  readonly priceKeys: number;
  readonly metricKeys: number;
  /** Keys of every kind. */
  readonly totalKeys: number;
}

/**
 * What was told and computed lately, under the contract's keys, by which other programs may read it.
 * It may lose anything at any time, so whoever reads has another source. Every call MUST settle
 * within a second, also while what it needs is away.
 */
export interface Cache {
  /**
   * Puts fields in the place of all that a key has, for `ttlMs` milliseconds; without any field the
   * key is gone. MUST be one step for whoever reads. Rejects where it may not have been done.
   */
  setFields(key: FieldsKey, fields: CacheFields, ttlMs: number): Promise<void>;
  /** The fields of a key; undefined where there are none, or they cannot be had. Never rejects. */
  fields(key: FieldsKey): Promise<CacheFields | undefined>;
  /** Puts a text in the place of what a key has. Rejects where it may not have been done. */
  setText(key: TextKey, text: string, ttlMs: number): Promise<void>;
  /** The text of a key; undefined where there is none, or it cannot be had. Never rejects. */
  text(key: TextKey): Promise<string | undefined>;
  /** What is known without asking; it may be some seconds old. */
  usage(): CacheUsage;
}
