/**
 * `kline.{interval}.{symbol}`: the current candle about once a second while it changes and at least
 * once a minute. Some 200 ms after a candle's end one message brings it closed, and the new one; of
 * some candles the closed one comes twice. Between the end and that message nothing is sent.
 */
import { type Interval, intervalStart, nextIntervalStart } from '@tickwire/protocol';
import type { GeneratedSymbol } from './bybit-generated-symbol.ts';
import { frameText, type Publisher } from './bybit-publisher.ts';
import type { TopicFrame } from './bybit-venue.ts';
import { childKey, namedKey } from '../market/integer-hash.ts';

const CLOSING_DELAY_MS = 200;
const UPDATE_MS = 1_000;
const QUIET_UPDATE_MS = 60_000;
/** One closed candle in this many is repeated. */
const REPEAT_EVERY = 8;
const REPEAT_DELAY_MS = 1_000;
const REPEAT_NAME = 'repeated confirms';

export function createKlinePublisher(
  topic: string,
  symbol: GeneratedSymbol,
  interval: Interval,
  nowMs: number,
): Publisher {
  const isSpot = symbol.series.instrument.category === 'spot';
  const repeatKey = namedKey(symbol.series.key, REPEAT_NAME);
  let startMs = intervalStart(interval, nowMs - CLOSING_DELAY_MS);
  let sentAtMs = nowMs;
  let sentVolume = volumeAt(nowMs);
  let repeat: { readonly startMs: number; readonly dueMs: number } | undefined;

  function candle(fromMs: number, atMs: number, confirm: boolean): object {
    const nextMs = nextIntervalStart(interval, fromMs);
    const lastMs = symbol.series.lastTrade(Math.min(atMs, nextMs - 1))?.timeMs ?? fromMs;
    const kline = symbol.kline(fromMs, nextMs, atMs);
    return {
      start: fromMs,
      end: nextMs - 1,
      interval,
      open: kline?.open,
      close: kline?.close,
      high: kline?.high,
      low: kline?.low,
      volume: kline?.volume,
      turnover: kline?.turnover,
      confirm,
      timestamp: lastMs >= fromMs ? lastMs : atMs,
    };
  }

  const frame = (ts: number, data: readonly object[]): TopicFrame => ({
    text: frameText(isSpot, { topic, type: 'snapshot', ts }, data),
    isDelta: false,
  });

  function volumeAt(atMs: number): string {
    return symbol.kline(startMs, nextIntervalStart(interval, startMs), atMs)?.volume ?? '';
  }

  /** One message for each candle that has ended, however many a fast clock has passed. */
  function close(untilMs: number): readonly TopicFrame[] {
    const frames: TopicFrame[] = [];
    let nextMs = nextIntervalStart(interval, startMs);
    while (untilMs >= nextMs + CLOSING_DELAY_MS) {
      const atMs = nextMs + CLOSING_DELAY_MS;
      frames.push(...repeatUntil(atMs));
      frames.push(frame(atMs, [candle(startMs, atMs, true), candle(nextMs, atMs, false)]));
      if (childKey(repeatKey, nextMs / 60_000) >>> 0 < 2 ** 32 / REPEAT_EVERY) {
        repeat = { startMs, dueMs: atMs + REPEAT_DELAY_MS };
      }
      startMs = nextMs;
      sentAtMs = atMs;
      sentVolume = volumeAt(atMs);
      nextMs = nextIntervalStart(interval, startMs);
    }
    return frames;
  }

  function repeatUntil(untilMs: number): readonly TopicFrame[] {
    if (repeat === undefined || untilMs < repeat.dueMs) {
      return [];
    }
    const { startMs: fromMs, dueMs } = repeat;
    repeat = undefined;
    return [frame(dueMs, [candle(fromMs, dueMs, true)])];
  }

  function update(atMs: number): readonly TopicFrame[] {
    const isOver = atMs >= nextIntervalStart(interval, startMs);
    if (isOver || atMs < sentAtMs + UPDATE_MS) {
      return [];
    }
    const volume = volumeAt(atMs);
    if (volume === sentVolume && atMs < sentAtMs + QUIET_UPDATE_MS) {
      return [];
    }
    sentAtMs = atMs;
    sentVolume = volume;
    return [frame(atMs, [candle(startMs, atMs, false)])];
  }

  return {
    greet: (atMs) => [frame(atMs, [candle(startMs, atMs, false)])],
    publish: (atMs) => [...close(atMs), ...repeatUntil(atMs), ...update(atMs)],
  };
}
