/**
 * `tickers.{symbol}`: of contracts a snapshot and then the fields that changed, at most every
 * 100 ms; of spot whole snapshots, at most every 50 ms, without bid and ask.
 */
import type { BybitTicker, TopicFrame } from './bybit-venue.ts';
import type { CryptoSeries } from '../crypto/crypto-series.ts';
import type { FaultState } from '../faults/faults.ts';
import { createGeneratedTicker } from './bybit-generated-ticker.ts';
import { sequenceAt } from './bybit-sequence.ts';
import { type Publisher, takesFault } from './bybit-publisher.ts';

const CONTRACT_MS = 100;
const SPOT_MS = 50;

export function createTickerPublisher(
  topic: string,
  series: CryptoSeries,
  faults: FaultState,
): Publisher {
  const isSpot = series.instrument.category === 'spot';
  const periodMs = isSpot ? SPOT_MS : CONTRACT_MS;
  const tickerAt = createGeneratedTicker(series);
  let sent: BybitTicker | undefined;
  let sentAtMs = -Infinity;

  function frame(type: 'snapshot' | 'delta', data: BybitTicker, ts: number): TopicFrame {
    const cs = sequenceAt(ts);
    return {
      text: JSON.stringify(isSpot ? { topic, ts, type, cs, data } : { topic, type, data, cs, ts }),
      isDelta: type === 'delta',
    };
  }

  function greet(atMs: number): readonly TopicFrame[] {
    if (sent === undefined) {
      sent = tickerAt(atMs);
      sentAtMs = atMs;
    }
    if (sent === undefined) {
      return [];
    }
    const snapshot = frame('snapshot', sent, atMs);
    if (isSpot || !takesFault(faults, 'delta-first', topic)) {
      return [snapshot];
    }
    const { symbol = '', markPrice = '', bid1Price = '', bid1Size = '' } = sent;
    return [frame('delta', { symbol, markPrice, bid1Price, bid1Size }, atMs), snapshot];
  }

  function publish(atMs: number): readonly TopicFrame[] {
    if (sent === undefined || atMs < sentAtMs + periodMs) {
      return [];
    }
    const now = tickerAt(atMs) ?? sent;
    const before = sent;
    const changes = Object.entries(now).filter(([name, value]) => before[name] !== value);
    if (changes.length === 0) {
      return [];
    }
    sent = now;
    sentAtMs = atMs;
    if (isSpot || takesFault(faults, 're-snapshot', topic)) {
      return [frame('snapshot', now, atMs)];
    }
    const { symbol = '' } = now;
    return [frame('delta', { symbol, ...Object.fromEntries(changes) }, atMs)];
  }

  return { greet, publish };
}
