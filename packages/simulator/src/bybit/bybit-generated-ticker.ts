/**
 * The ticker of a series: what the trades of the last 24 hours come to, the top of the book, and
 * for contracts what surrounds them: marks, open interest, funding.
 */
import { tickDirection } from './bybit-tick-direction.ts';
import type { BybitTicker } from './bybit-venue.ts';
import { bookAt } from '../crypto/crypto-book.ts';
import type { CryptoSeries } from '../crypto/crypto-series.ts';
import { joinSums, type TradeSum } from '../crypto/crypto-sum.ts';
import { childKey, namedKey, toUnit } from '../market/integer-hash.ts';
import { formatUnits, toUnits } from '../market/unit-decimal.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MINUTE_MS = 60_000;
const FUNDING_HOURS = 8;
const FUNDING_MS = FUNDING_HOURS * HOUR_MS;
/** Contracts' volumes and turnovers of a day are written with this many decimals. */
const DAY_DIGITS = 4;
const RATE_DIGITS = 8;
const CHANGE_DIGITS = 6;
/** How often the index and the open interest take a new value. */
const INDEX_MS = 1_000;
const INTEREST_MS = 5_000;
/** The index lies within this fraction of the last price, open interest of its usual value. */
const INDEX_STRAY = 0.000_3;
const INTEREST_STRAY = 0.000_5;
/** Open interest in lots of an average trade. */
const INTEREST_TRADES = 1_000_000;

/** The ticker at a time, as the stream writes it; undefined before the first trade. */
export function createGeneratedTicker(
  series: CryptoSeries,
): (nowMs: number) => BybitTicker | undefined {
  const { symbol, category, tick, lot, priceScale, usualLots } = series.instrument;
  const key = namedKey(series.key, 'ticker');
  const isSpot = category === 'spot';
  const sumOfDay = createDaySum(series);

  const price = (ticks: number): string =>
    formatUnits(ticks * tick.mantissa, tick.digits, priceScale);
  const size = (lots: number): string =>
    formatUnits(lots * lot.mantissa, lot.digits, isSpot ? 0 : lot.digits);
  const between = (part: number, turn: number): number =>
    2 * toUnit(childKey(childKey(key, part), turn)) - 1;
  /** Contracts' totals are cut to four decimals, padded; spot's are written as they are. */
  const total = (units: bigint, digits: number): string => {
    if (isSpot) {
      return formatUnits(units, digits);
    }
    const cut = digits > DAY_DIGITS ? units / 10n ** BigInt(digits - DAY_DIGITS) : units;
    return formatUnits(cut, Math.min(digits, DAY_DIGITS), DAY_DIGITS);
  };

  return (nowMs) => {
    const last = series.lastTrade(nowMs);
    const dayAgo = series.lastTrade(nowMs - DAY_MS) ?? last;
    if (last === undefined || dayAgo === undefined) {
      return undefined;
    }
    const sum = sumOfDay(nowMs);
    const change = formatUnits(
      toUnits(last.price / dayAgo.price - 1, CHANGE_DIGITS),
      CHANGE_DIGITS,
    );
    const day = {
      lastPrice: price(last.price),
      highPrice24h: price(sum?.high ?? last.price),
      lowPrice24h: price(sum?.low ?? last.price),
      prevPrice24h: price(dayAgo.price),
      volume24h: total((sum?.volume ?? 0n) * BigInt(lot.mantissa), lot.digits),
      turnover24h: total(sum?.turnover ?? 0n, series.turnoverDigits),
    };
    const indexTicks = Math.round(
      last.price * (1 + INDEX_STRAY * between(1, Math.floor(nowMs / INDEX_MS))),
    );
    if (isSpot) {
      return { symbol, ...day, price24hPcnt: change, usdIndexPrice: price(indexTicks) };
    }
    const markTicks = Math.round((last.price + indexTicks) / 2);
    const interest = Math.round(
      usualLots *
        INTEREST_TRADES *
        (1 + INTEREST_STRAY * between(2, Math.floor(nowMs / INTEREST_MS))),
    );
    const funding = toUnits(0.000_1 + 0.000_2 * between(3, Math.floor(nowMs / FUNDING_MS)), 8);
    const { bids, asks } = bookAt(series, nowMs, 1) ?? { bids: [], asks: [] };
    return {
      symbol,
      tickDirection: tickDirection(series, last),
      price24hPcnt: change,
      lastPrice: day.lastPrice,
      prevPrice24h: day.prevPrice24h,
      highPrice24h: day.highPrice24h,
      lowPrice24h: day.lowPrice24h,
      prevPrice1h: price((series.lastTrade(nowMs - HOUR_MS) ?? last).price),
      markPrice: price(markTicks),
      indexPrice: price(indexTicks),
      openInterest: size(interest),
      openInterestValue: interestValue(series, interest, markTicks),
      turnover24h: day.turnover24h,
      volume24h: day.volume24h,
      fundingIntervalHour: String(FUNDING_HOURS),
      fundingCap: '0.005',
      nextFundingTime: String((Math.floor(nowMs / FUNDING_MS) + 1) * FUNDING_MS),
      fundingRate: formatUnits(funding, RATE_DIGITS),
      bid1Price: price(bids[0]?.[0] ?? last.price),
      bid1Size: size(bids[0]?.[1] ?? 0),
      ask1Price: price(asks[0]?.[0] ?? last.price),
      ask1Size: size(asks[0]?.[1] ?? 0),
      preOpenPrice: '',
      preQty: '',
      curPreListingPhase: '',
    };
  };
}

/** The trades of `nowMs - 24 h < t <= nowMs`; what lies in whole minutes is summed once a minute. */
function createDaySum(series: CryptoSeries): (nowMs: number) => TradeSum | undefined {
  let wholeFromMs = NaN;
  let wholeToMs = NaN;
  let whole: TradeSum | undefined;
  return (nowMs) => {
    const [fromMs, toMs] = [Math.floor(nowMs) + 1 - DAY_MS, Math.floor(nowMs) + 1];
    const firstMs = Math.ceil(fromMs / MINUTE_MS) * MINUTE_MS;
    const lastMs = Math.floor(toMs / MINUTE_MS) * MINUTE_MS;
    if (firstMs !== wholeFromMs || lastMs !== wholeToMs) {
      [wholeFromMs, wholeToMs] = [firstMs, lastMs];
      whole = series.sum(firstMs, lastMs);
    }
    return joinSums(joinSums(series.sum(fromMs, firstMs), whole), series.sum(lastMs, toMs));
  };
}

/** In the quote coin; of inverse contracts, which are worth a dollar each, in the coin. */
function interestValue(
  { instrument, turnoverDigits }: CryptoSeries,
  lots: number,
  ticks: number,
): string {
  const { category, tick, lot } = instrument;
  if (category === 'inverse') {
    const price = (ticks * tick.mantissa) / Number(`1e${tick.digits}`);
    return formatUnits(toUnits(lots / price, 2), 2, 2);
  }
  const units = BigInt(lots * lot.mantissa) * BigInt(ticks * tick.mantissa);
  const cut = turnoverDigits > 2 ? units / 10n ** BigInt(turnoverDigits - 2) : units;
  return formatUnits(cut, Math.min(turnoverDigits, 2), 2);
}
