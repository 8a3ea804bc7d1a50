/** `publicTrade.{symbol}`: all trades since the last message, oldest first; no history. */
import type { GeneratedSymbol } from './bybit-generated-symbol.ts';
import { frameText, type Publisher } from './bybit-publisher.ts';
import type { BybitTrade, TopicFrame } from './bybit-venue.ts';

const MAX_TRADES = 1_024;

export function createTradePublisher(
  topic: string,
  symbol: GeneratedSymbol,
  nowMs: number,
): Publisher {
  const { category, symbol: name } = symbol.series.instrument;
  const isSpot = category === 'spot';
  let sentUntilMs = nowMs;

  const toWire = ({ id, timeMs, price, size, side, direction, sequence }: BybitTrade): object =>
    isSpot
      ? { i: id, T: timeMs, p: price, v: size, S: side, s: name, BT: false, RPI: false }
      : {
          T: timeMs,
          s: name,
          S: side,
          v: size,
          p: price,
          L: direction,
          i: id,
          BT: false,
          RPI: false,
          seq: sequence,
        };

  return {
    greet: () => [],
    publish(atMs) {
      const trades = symbol.tradesBetween(sentUntilMs, atMs);
      sentUntilMs = Math.max(sentUntilMs, atMs);
      const frames: TopicFrame[] = [];
      for (let from = 0; from < trades.length; from += MAX_TRADES) {
        const data = trades.slice(from, from + MAX_TRADES).map(toWire);
        frames.push({
          text: frameText(isSpot, { topic, type: 'snapshot', ts: atMs }, data),
          isDelta: false,
        });
      }
      return frames;
    },
  };
}
