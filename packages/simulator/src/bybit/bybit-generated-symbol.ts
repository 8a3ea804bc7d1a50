/** Shows one series of the generated market as Bybit does: its decimals, ids and sequences. */
import { type Interval, intervalStart, nextIntervalStart } from '@tickwire/protocol';
import { generatedRecord } from './bybit-generated-record.ts';
import { createGeneratedTicker } from './bybit-generated-ticker.ts';
import { sequenceAt } from './bybit-sequence.ts';
import { tickDirection } from './bybit-tick-direction.ts';
import type { Turns } from './bybit-turns.ts';
import type {
  BybitBook,
  BybitKline,
  BybitLevel,
  BybitSymbol,
  BybitTrade,
  KlineSpan,
} from './bybit-venue.ts';
import { type BookLevel, bookAt } from '../crypto/crypto-book.ts';
import type { CryptoSeries, CryptoTrade } from '../crypto/crypto-series.ts';
import { childKey, mixInteger } from '../market/integer-hash.ts';
import { formatUnits } from '../market/unit-decimal.ts';

const FIRST_SPOT_ID = 2_290_000_000_000_000_000n;
const TRADES_PER_HOUR = 65_536n;
const ID_PART = 7;
const DAY_MS = 86_400_000;

/** A symbol of the generated market. */
export interface GeneratedSymbol extends BybitSymbol {
  readonly series: CryptoSeries;
  /** One candle; a span without trades stands at the close before it, with volume `0`. */
  kline(startMs: number, endMs: number, nowMs: number): BybitKline | undefined;
  /** The trades with `afterMs < t <= untilMs`, oldest first. */
  tradesBetween(afterMs: number, untilMs: number): readonly BybitTrade[];
}

/** Shows a series as the wire writes it. All symbols of a venue take the same `turns`. */
export function createGeneratedSymbol(series: CryptoSeries, turns: Turns): GeneratedSymbol {
  const { tick, lot, priceScale, category, launchMs } = series.instrument;
  const padding = category === 'spot' ? 0 : lot.digits;
  const record = generatedRecord(series.instrument);
  const ticker = createGeneratedTicker(series);

  const priceText = (ticks: number, leastDigits: number): string =>
    formatUnits(ticks * tick.mantissa, tick.digits, leastDigits);
  const sizeText = (lots: number | bigint, leastDigits: number): string =>
    formatUnits(BigInt(lots) * BigInt(lot.mantissa), lot.digits, leastDigits);

  function kline(startMs: number, endMs: number, nowMs: number): BybitKline | undefined {
    const sum = series.sum(startMs, Math.min(endMs, nowMs + 1));
    const last = sum === undefined ? series.lastTrade(startMs)?.price : sum.close;
    if (last === undefined) {
      return undefined;
    }
    return {
      startMs,
      open: priceText(sum?.open ?? last, 0),
      high: priceText(sum?.high ?? last, 0),
      low: priceText(sum?.low ?? last, 0),
      close: priceText(last, 0),
      volume: sizeText(sum?.volume ?? 0n, 0),
      turnover: formatUnits(sum?.turnover ?? 0n, series.turnoverDigits),
    };
  }

  async function klines(
    interval: Interval,
    { fromMs, toMs, limit }: KlineSpan,
    nowMs: number,
    signal?: AbortSignal,
  ): Promise<readonly BybitKline[]> {
    const takeTurn = await turns.begin(signal);
    const found: BybitKline[] = [];
    const oldestMs = Math.max(fromMs, intervalStart(interval, launchMs));
    let startMs = intervalStart(interval, Math.min(toMs, nowMs));
    while (startMs >= oldestMs && found.length < limit) {
      const endMs = nextIntervalStart(interval, startMs);
      // What is summed up here is remembered, so that the candle itself is quick.
      for (let dayMs = startMs; dayMs < Math.min(endMs, nowMs) - DAY_MS; dayMs += DAY_MS) {
        series.sum(dayMs, dayMs + DAY_MS);
        await takeTurn();
      }
      const candle = kline(startMs, endMs, nowMs);
      if (candle !== undefined) {
        found.push(candle);
      }
      startMs = intervalStart(interval, startMs - 1);
      await takeTurn();
    }
    return found;
  }

  function toTrade(trade: CryptoTrade): BybitTrade {
    return {
      id: category === 'spot' ? spotId(trade) : contractId(series.key, trade),
      timeMs: trade.timeMs,
      price: priceText(trade.price, priceScale),
      size: sizeText(trade.size, padding),
      side: trade.isBuy ? 'Buy' : 'Sell',
      direction: tickDirection(series, trade),
      sequence: sequenceAt(trade.timeMs),
    };
  }

  const toLevel = ([price, size]: BookLevel): BybitLevel => [
    priceText(price, priceScale),
    sizeText(size, padding),
  ];

  function book(nowMs: number, depth: number): BybitBook {
    const { bids, asks } = bookAt(series, nowMs, depth) ?? { bids: [], asks: [] };
    return { bids: bids.map(toLevel), asks: asks.map(toLevel) };
  }

  function restTicker(nowMs: number): Readonly<Record<string, string>> | undefined {
    const values = ticker(nowMs);
    const { bids, asks } = book(nowMs, 1);
    return values === undefined || category !== 'spot'
      ? values
      : {
          ...values,
          bid1Price: bids[0]?.[0] ?? '',
          bid1Size: bids[0]?.[1] ?? '',
          ask1Price: asks[0]?.[0] ?? '',
          ask1Size: asks[0]?.[1] ?? '',
        };
  }

  return {
    series,
    record,
    kline,
    klines,
    tradesBetween: (afterMs, untilMs) => series.tradesBetween(afterMs, untilMs).map(toTrade),
    newestTrades: (nowMs, count) => series.newestTrades(nowMs, count).map(toTrade),
    ticker: restTicker,
    book,
  };
}

/** Spot trades are numbered beyond 2^53. */
function spotId({ hour, index }: CryptoTrade): string {
  return String(FIRST_SPOT_ID + BigInt(hour) * TRADES_PER_HOUR + BigInt(index));
}

/**
 * Trades of contracts have ids like UUIDs. {@link mixInteger} maps no two numbers to one, so that
 * ids differ within seven years, of which the hours and the places in them fit into 32 bits.
 */
function contractId(key: number, { hour, index }: CryptoTrade): string {
  const tradeKey = mixInteger(childKey(key, ID_PART) ^ (hour * Number(TRADES_PER_HOUR) + index));
  const words = [tradeKey, ...[1, 2, 3].map((part) => childKey(tradeKey, part))];
  const text = words.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  const variant = ((childKey(tradeKey, 4) & 3) + 8).toString(16);
  return [
    text.slice(0, 8),
    text.slice(8, 12),
    `5${text.slice(13, 16)}`,
    `${variant}${text.slice(17, 20)}`,
    text.slice(20),
  ].join('-');
}
