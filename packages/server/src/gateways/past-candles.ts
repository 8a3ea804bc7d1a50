import type { Candle, Channel } from '@tickwire/protocol';
import { toError } from '../domain/errors.ts';
import type { Logger } from '../ports/logger.ts';
import type { Store } from '../ports/store.ts';
import type { LastValues } from '../tape/last-values.ts';

export interface PastCandlesOptions {
  readonly lastValues: LastValues;
  /** Undefined where nothing is kept. */
  readonly store: Pick<Store, 'candles'> | undefined;
  readonly logger: Logger;
}

/** Candles that are older than those in memory. */
export class PastCandles {
  readonly #options: PastCandlesOptions;

  constructor(options: PastCandlesOptions) {
    this.#options = options;
  }

  /**
   * The newest confirmed candles of a channel that are kept, oldest first: as many as are wanted if
   * memory has less, else none. Without an answer of the store there are none.
   */
  async read(channel: Channel, wanted: number | undefined): Promise<readonly Candle[]> {
    const { lastValues, store, logger } = this.#options;
    if (channel.kind !== 'candles' || wanted === undefined || store === undefined) {
      return [];
    }
    const { instrument, interval } = channel;
    const name = `candles:${instrument}:${interval}`;
    const known = lastValues.candles(name)?.newest(Infinity) ?? [];
    if (known.filter(({ isConfirmed }) => isConfirmed).length >= wanted) {
      return [];
    }
    try {
      // The newest of those that are kept may not be over.
      const limit = wanted + 1;
      const kept = await store.candles({ instrument, interval, limit, pick: 'newest' });
      return kept.filter(({ isConfirmed }) => isConfirmed).slice(-wanted);
    } catch (error) {
      logger.debug({ err: toError(error), channel: name }, 'Its past cannot be read');
      return [];
    }
  }
}
