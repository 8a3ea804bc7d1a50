import type { TimeSpan } from '../../src/domain/gaps.ts';
import type { SidedCandle } from '../../src/domain/sided-candle.ts';
import type {
  CandleNews,
  CandleSeriesKey,
  HistoryTable,
  Store,
  StoredCandlesQuery,
} from '../../src/ports/store.ts';
import { CandleModel } from './candle-model.ts';

type Kept =
  | 'absences'
  | 'candles'
  | 'confirmedStarts'
  | 'dropPartitionsBefore'
  | 'saveAbsences'
  | 'saveCandles';

/** As much of a store as the jobs need, in memory. */
export class MemoryStore implements Pick<Store, Kept> {
  /** How many rows each call has saved. */
  readonly saves: number[] = [];
  /** The partitions of each table: what dropping drops, whatever its time. */
  readonly partitions = new Map<HistoryTable, string[]>();
  readonly drops: { readonly table: HistoryTable; readonly time: number }[] = [];
  /** Thrown in the place of an answer. */
  failure: Error | undefined;
  /** Those that fail though others do not. */
  readonly failingTables = new Map<HistoryTable, Error>();
  /** By series, and then by start. */
  readonly #candles = new Map<string, Map<number, CandleModel>>();
  readonly #absences = new Map<string, TimeSpan[]>();

  /** Puts candles there before a test begins. */
  preset(candles: readonly SidedCandle[]): void {
    candles.forEach((candle) => {
      this.#modelOf(candle).save(candle);
    });
  }

  async candles({ from = 0, to = Infinity, limit, pick, ...series }: StoredCandlesQuery) {
    const all = (await this.#read(series)).filter(({ start }) => start >= from && start < to);
    return pick === 'oldest' ? all.slice(0, limit) : all.slice(-limit);
  }

  async confirmedStarts(series: CandleSeriesKey, { from, to }: TimeSpan) {
    const confirmed = (await this.#read(series)).filter(({ isConfirmed }) => isConfirmed);
    return confirmed.map(({ start }) => start).filter((start) => start >= from && start < to);
  }

  async absences(series: CandleSeriesKey, { from, to }: TimeSpan) {
    await this.#turn();
    const all = this.#absences.get(keyOf(series)) ?? [];
    return all.filter((absence) => absence.from <= to && absence.to >= from);
  }

  async saveAbsences(series: CandleSeriesKey, spans: readonly TimeSpan[]) {
    await this.#turn();
    const merged: TimeSpan[] = [];
    const all = [...(this.#absences.get(keyOf(series)) ?? []), ...spans];
    for (const span of all.toSorted((a, b) => a.from - b.from)) {
      const last = merged.at(-1);
      if (last !== undefined && last.to >= span.from) {
        merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
      } else {
        merged.push(span);
      }
    }
    this.#absences.set(keyOf(series), merged);
  }

  async saveCandles(candles: readonly SidedCandle[]) {
    await this.#turn();
    this.saves.push(candles.length);
    const news: CandleNews[] = [];
    for (const candle of candles) {
      const model = this.#modelOf(candle);
      const [before] = model.candles;
      model.save(candle);
      const [after] = model.candles;
      if (after !== undefined && after !== before) {
        news.push({ change: changeOf(before, after), candle: after });
      }
    }
    return news;
  }

  async dropPartitionsBefore(table: HistoryTable, time: number) {
    await this.#turn();
    const failure = this.failingTables.get(table);
    this.drops.push({ table, time });
    if (failure !== undefined) {
      throw failure;
    }
    return this.partitions.get(table)?.splice(0) ?? [];
  }

  async #read(series: CandleSeriesKey): Promise<readonly SidedCandle[]> {
    await this.#turn();
    const models = this.#candles.get(keyOf(series))?.values() ?? [];
    const candles = [...models].flatMap((model) => model.candles);
    return candles.sort((a, b) => a.start - b.start);
  }

  #modelOf(candle: SidedCandle): CandleModel {
    const series = this.#candles.get(keyOf(candle)) ?? new Map<number, CandleModel>();
    const model = series.get(candle.start) ?? new CandleModel();
    this.#candles.set(keyOf(candle), series.set(candle.start, model));
    return model;
  }

  async #turn(): Promise<void> {
    await Promise.resolve();
    if (this.failure !== undefined) {
      throw this.failure;
    }
  }
}

function keyOf({ instrument, interval }: CandleSeriesKey): string {
  return `${instrument} ${interval}`;
}

function changeOf(before: SidedCandle | undefined, after: SidedCandle): CandleNews['change'] {
  if (before === undefined) {
    return 'inserted';
  }
  if (!before.isConfirmed) {
    return after.isConfirmed ? 'confirmed' : 'updated';
  }
  return after.revision > before.revision ? 'corrected' : 'completed';
}
