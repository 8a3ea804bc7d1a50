/** Bybit's markets as the generated ones, and the topics that are followed of them. */
import { isInterval } from '@tickwire/protocol';
import { BOOK_PERIODS_MS, createBookPublisher } from './bybit-book-topic.ts';
import { BYBIT_CATEGORIES, type BybitCategory } from './bybit-category.ts';
import { createGeneratedSymbol, type GeneratedSymbol } from './bybit-generated-symbol.ts';
import { createKlinePublisher } from './bybit-kline-topic.ts';
import type { Publisher } from './bybit-publisher.ts';
import { createTickerPublisher } from './bybit-ticker-topic.ts';
import { createTradePublisher } from './bybit-trade-topic.ts';
import { createTurns } from './bybit-turns.ts';
import { type BybitVenue, splitTopic, type TopicFrame, type TopicSource } from './bybit-venue.ts';
import { createCryptoMarket } from '../crypto/crypto-market.ts';
import type { FaultState } from '../faults/faults.ts';
import { generatedOrigin } from '../origin.ts';
import type { VenueClock } from '../venue-clock.ts';

/** How often topics are asked what is due: as often as the quickest of them may send. */
const PULSE_MS = 20;

export interface GeneratedVenueOptions {
  readonly seed: number;
  readonly clock: VenueClock;
  readonly faults: FaultState;
}

/** Builds the venue of a seed. A timer runs while topics are followed. */
export function createGeneratedVenue({ seed, clock, faults }: GeneratedVenueOptions): BybitVenue {
  const market = createCryptoMarket(seed);
  const turns = createTurns();
  const symbols = new Map<BybitCategory, ReadonlyMap<string, GeneratedSymbol>>(
    BYBIT_CATEGORIES.map((category) => [
      category,
      new Map(
        market
          .list(category)
          .map((series) => [series.instrument.symbol, createGeneratedSymbol(series, turns)]),
      ),
    ]),
  );
  const followed = new Map<string, Followed>();
  let pulse: NodeJS.Timeout | undefined;

  function beat(): void {
    const nowMs = clock.now();
    for (const topic of followed.values()) {
      deliver(topic.publisher.publish(nowMs), topic.listeners);
    }
  }

  function join(key: string, create: Start, onFrame: (frame: TopicFrame) => void): () => void {
    const nowMs = clock.now();
    const topic = followed.get(key) ?? { publisher: create(nowMs), listeners: new Set() };
    followed.set(key, topic);
    pulse ??= setInterval(beat, PULSE_MS);
    const listener = (frame: TopicFrame): void => {
      onFrame(frame);
    };
    deliver(topic.publisher.greet(nowMs), [listener]);
    topic.listeners.add(listener);
    return () => {
      topic.listeners.delete(listener);
      if (topic.listeners.size === 0 && followed.get(key) === topic) {
        followed.delete(key);
      }
      if (followed.size === 0) {
        stop();
      }
    };
  }

  function stop(): void {
    clearInterval(pulse);
    pulse = undefined;
  }

  return {
    origin: generatedOrigin({ seed }, clock),
    symbols: (category) => [...(symbols.get(category)?.values() ?? [])],
    find: (category, name) => symbols.get(category)?.get(name),
    topic(category, name): TopicSource | undefined {
      const { kind, symbol } = splitTopic(name);
      const found = symbols.get(category)?.get(symbol);
      const start = found === undefined ? undefined : startOf(name, kind, found, faults);
      return start === undefined
        ? undefined
        : { join: (onFrame) => join(`${category} ${name}`, start, onFrame) };
    },
    close() {
      followed.clear();
      stop();
    },
  };
}

type Start = (nowMs: number) => Publisher;

interface Followed {
  readonly publisher: Publisher;
  readonly listeners: Set<(frame: TopicFrame) => void>;
}

function deliver(
  frames: readonly TopicFrame[],
  listeners: Iterable<(frame: TopicFrame) => void>,
): void {
  for (const listener of listeners) {
    for (const frame of frames) {
      listener(frame);
    }
  }
}

/** What makes a topic's frames; undefined if there is no such kind of topic. */
function startOf(
  topic: string,
  kind: string,
  symbol: GeneratedSymbol,
  faults: FaultState,
): Start | undefined {
  const { series } = symbol;
  const [name, detail = '', ...rest] = kind.split('.');
  if (rest.length > 0) {
    return undefined;
  }
  if (name === 'kline' && isInterval(detail)) {
    return (nowMs) => createKlinePublisher(topic, symbol, detail, nowMs);
  }
  const depth = Number(detail);
  if (name === 'orderbook' && detail === String(depth) && BOOK_PERIODS_MS.has(depth)) {
    const { symbol: wireName, category } = series.instrument;
    const isSpot = category === 'spot';
    const options = { topic, name: wireName, isSpot, depth, bookAt: symbol.book, faults };
    return (nowMs) => createBookPublisher(options, nowMs);
  }
  if (kind === 'publicTrade') {
    return (nowMs) => createTradePublisher(topic, symbol, nowMs);
  }
  return kind === 'tickers' ? () => createTickerPublisher(topic, series, faults) : undefined;
}
