import { type Candle, formatChannel, nextIntervalStart } from '@tickwire/protocol';
import { SERIES_LENGTH } from '../domain/candle-series.ts';
import { isCryptoInstrument } from '../domain/instrument-family.ts';
import { NEWEST_ALERTS } from '../domain/newest-alerts.ts';
import { toError } from '../domain/errors.ts';
import { inTime } from '../domain/in-time.ts';
import type { SidedCandle } from '../domain/sided-candle.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Store } from '../ports/store.ts';
import type { LastValues } from '../tape/last-values.ts';
import type { CandleChannel } from './kept-series.ts';

export interface WarmStartOptions {
  readonly store: Pick<Store, 'alerts' | 'candles' | 'lastQuotes'>;
  readonly lastValues: LastValues;
  /** Whether this process publishes a channel already. */
  readonly isFollowed: (channel: string) => boolean;
  /** Goes on with candles that were kept, under the name of their channel. */
  readonly resume: (channel: string, candles: readonly Candle[]) => void;
  /** The instruments whose prices anybody may ask for. */
  readonly pairs: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * How old the newest candle of a series may be, in candles: feeds begin with so many of the past,
 * and what they bring has to follow on what is remembered without a gap.
 */
const MAX_AGE_CANDLES = 150;
/** Whoever asks for a channel waits for its past no longer than this. */
const RECALL_TIMEOUT_MS = 1_000;

/** Takes back prices, alerts, and the candles of channels that are followed from the start. */
export async function recallAll(
  followed: {
    readonly instruments: readonly string[];
    readonly channels: readonly CandleChannel[];
  },
  options: WarmStartOptions,
): Promise<void> {
  await recallPrices(options);
  await recallAlerts(followed.instruments, options.store, options.lastValues);
  for (const channel of followed.channels) {
    await recallCandles(channel, options);
  }
}

/** Takes back the newest price of each pair, with its true time. */
export async function recallPrices(options: WarmStartOptions): Promise<void> {
  const { store, lastValues, pairs } = options;
  for (const quote of await store.lastQuotes()) {
    if (pairs.includes(quote.instrument)) {
      lastValues.restore(quote);
    }
  }
}

/** Takes back the newest of all alerts, and of those of each of some instruments. */
export async function recallAlerts(
  instruments: readonly string[],
  store: Pick<Store, 'alerts'>,
  lastValues: LastValues,
): Promise<void> {
  const newest = { limit: NEWEST_ALERTS, pick: 'newest' } as const;
  lastValues.restoreAlerts(formatChannel({ kind: 'alerts' }), await store.alerts(newest));
  for (const instrument of instruments) {
    const channel = formatChannel({ kind: 'alerts', instrument });
    lastValues.restoreAlerts(channel, await store.alerts({ ...newest, instrument }));
  }
}

/**
 * Takes back the newest candles of a channel that is not followed yet, if they are recent: what comes
 * goes on from them.
 */
export async function recallCandles(
  { instrument, interval }: CandleChannel,
  { store, isFollowed, resume, clock }: WarmStartOptions,
): Promise<void> {
  const channel = formatChannel({ kind: 'candles', instrument, interval });
  if (isFollowed(channel)) {
    return;
  }
  const candles = await store.candles({
    instrument,
    interval,
    limit: SERIES_LENGTH,
    pick: 'newest',
  });
  const last = candles.findLast(({ isConfirmed }) => isConfirmed);
  const width = nextIntervalStart(interval, 0);
  const isRecent = last !== undefined && clock.now() - last.start <= MAX_AGE_CANDLES * width;
  if (isRecent && !isFollowed(channel)) {
    resume(channel, isCryptoInstrument(instrument) ? withoutHoles(candles) : candles);
  }
}

/** The same for somebody who waits for it: not for long, and it never rejects. */
export async function recallCandlesInTime(
  channel: CandleChannel,
  options: WarmStartOptions,
): Promise<void> {
  const { clock, logger } = options;
  const recalled = recallCandles(channel, options).catch((error: unknown) => {
    logger.debug({ err: toError(error), ...channel }, 'The past of a channel cannot be read');
  });
  await inTime(recalled, RECALL_TIMEOUT_MS, clock);
}

/** The newest of them, back to the first hole: crypto has a candle for every interval. */
function withoutHoles(candles: readonly SidedCandle[]): readonly SidedCandle[] {
  const hole = candles.findLastIndex(
    ({ start }, index) => start > (candles[index - 1]?.end ?? start) + 1,
  );
  return candles.slice(Math.max(0, hole));
}
