import type { TimeSpan } from '../domain/gaps.ts';
import { untilOpened } from '../domain/until-opened.ts';
import type { Bus } from '../ports/bus.ts';
import type { CandleSeriesKey, HistoryVenue } from '../ports/store.ts';
import { SERIES_AT_ONCE, historyVenueOf } from './history-venue.ts';
import {
  type KeptSeries,
  VenueKeeper,
  type VenueKeeperHealth,
  type VenueKeeperOptions,
} from './venue-keeper.ts';

export interface HistoryKeeperOptions extends Omit<VenueKeeperOptions, 'atOnce'> {
  /** Resolves when the store can be used; nothing is asked of it before. */
  readonly opened: Promise<void>;
  /** Where the newest events are, which say what time it is. */
  readonly bus: Bus;
  /** What is kept of all venues; read anew each time. */
  readonly series: () => readonly KeptSeries[];
}

export type { KeptSeries, VenueKeeperHealth } from './venue-keeper.ts';

/** Keeps the candles of all venues complete, each in its own time; see {@link VenueKeeper}. */
export class HistoryKeeper {
  readonly #bus: Bus;
  readonly #opened: Promise<void>;
  readonly #venues: Readonly<Record<HistoryVenue, VenueKeeper>>;
  readonly #stop = new AbortController();
  #unsubscribe: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor({ bus, opened, series, logger, ...options }: HistoryKeeperOptions) {
    this.#bus = bus;
    this.#opened = opened;
    const create = (venue: HistoryVenue): VenueKeeper =>
      new VenueKeeper({
        ...options,
        atOnce: SERIES_AT_ONCE[venue],
        series: () => series().filter(({ instrument }) => historyVenueOf(instrument) === venue),
        logger: logger.child({ venue }),
      });
    this.#venues = { oanda: create('oanda'), bybit: create('bybit') };
  }

  /** How complete the candles of each venue are. */
  get health(): Readonly<Record<HistoryVenue, VenueKeeperHealth>> {
    const { oanda, bybit } = this.#venues;
    return { oanda: oanda.health, bybit: bybit.health };
  }

  /**
   * What time it is at the venue of an instrument, or without one at that venue where it is
   * earliest: epoch milliseconds.
   */
  now(instrument?: string): number {
    const venues =
      instrument === undefined ? this.#all() : [this.#venues[historyVenueOf(instrument)]];
    return Math.min(...venues.map((venue) => venue.now()));
  }

  /** Whether what is missing of a span will not come; see {@link VenueKeeper}. */
  hasAsked(series: CandleSeriesKey, span: TimeSpan): boolean {
    return this.#venues[historyVenueOf(series.instrument)].hasAsked(series, span);
  }

  /** Begins to read the bus, which says what time it is. */
  listen(): void {
    if (this.#closing === undefined) {
      this.#unsubscribe ??= this.#bus.subscribe(({ event }) => {
        if ('instrument' in event) {
          this.#venues[historyVenueOf(event.instrument)].note(event);
        }
      });
    }
  }

  /** Begins to read the bus, and has all series looked at. */
  start(): void {
    if (this.#running === undefined && this.#closing === undefined) {
      this.listen();
      this.#running = this.#run(this.#stop.signal);
    }
  }

  /** Has the series of one venue, or of all, looked at soon. */
  check(venue?: HistoryVenue): void {
    const venues = venue === undefined ? this.#all() : [this.#venues[venue]];
    venues.forEach((each) => {
      each.check();
    });
  }

  /** Has the candles of a span fetched again, whatever the store has of them. */
  refetch(series: CandleSeriesKey, span: TimeSpan): void {
    this.#venues[historyVenueOf(series.instrument)].refetch(series, span);
  }

  /** Ends all that runs; resolves when nothing is left, and never rejects. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #run(signal: AbortSignal): Promise<void> {
    await untilOpened(this.#opened, signal);
    await Promise.all(this.#all().map((venue) => venue.run(signal)));
  }

  async #close(): Promise<void> {
    this.#unsubscribe?.();
    this.#stop.abort();
    await this.#running;
  }

  #all(): readonly VenueKeeper[] {
    return Object.values(this.#venues);
  }
}
