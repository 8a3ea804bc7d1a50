import type { Quote, Trades } from '@tickwire/protocol';
import type { KeptAlert } from '../../src/domain/kept-alert.ts';
import type { SidedCandle } from '../../src/domain/sided-candle.ts';
import type { CandleNews, Store } from '../../src/ports/store.ts';

type Saves = 'saveAlerts' | 'saveCandles' | 'saveQuotes' | 'saveTrades';
type StoredRecord = KeptAlert | Quote | Trades | SidedCandle;

/** Takes records as a test says, and shows them. */
export class ScriptedStore implements Pick<Store, Saves> {
  readonly alerts: KeptAlert[] = [];
  readonly quotes: Quote[] = [];
  readonly trades: Trades[] = [];
  readonly candles: SidedCandle[] = [];
  /** How many times it was asked to save anything. */
  calls = 0;
  /** Thrown while it is set. */
  failure: Error | undefined;
  /** Says why a record is refused, and with it all that come together. */
  refuse: (record: StoredRecord) => Error | undefined = () => undefined;
  /** While set, whoever saves waits for it. */
  delay: Promise<void> | undefined;

  async saveAlerts(alerts: readonly KeptAlert[]): Promise<void> {
    await this.#save(alerts, this.alerts);
  }

  async saveQuotes(quotes: readonly Quote[]): Promise<void> {
    await this.#save(quotes, this.quotes);
  }

  async saveTrades(trades: readonly Trades[]): Promise<void> {
    await this.#save(trades, this.trades);
  }

  async saveCandles(candles: readonly SidedCandle[]): Promise<readonly CandleNews[]> {
    await this.#save(candles, this.candles);
    return candles.map((candle) => ({ change: 'inserted', candle }));
  }

  async #save<T extends StoredRecord>(records: readonly T[], kept: T[]): Promise<void> {
    this.calls += 1;
    await this.delay;
    const error = this.failure ?? records.map(this.refuse).find((found) => found !== undefined);
    if (error !== undefined) {
      throw error;
    }
    kept.push(...records);
  }
}
