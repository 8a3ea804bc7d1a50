/** Serves recorded data in the place of the generated market: exactly the symbols that it has. */
import { BYBIT_CATEGORIES, type BybitCategory } from './bybit-category.ts';
import {
  type BybitPart,
  frameData,
  readBybitFile,
  type RecordedFrame,
} from './bybit-recorded-data.ts';
import { collectKlines, createKlineSearch, type KlineHistory } from './bybit-recorded-history.ts';
import { createRecordedTopic } from './bybit-recorded-player.ts';
import {
  type BybitInstrument,
  type BybitSymbol,
  type BybitTicker,
  type BybitVenue,
  splitTopic,
} from './bybit-venue.ts';
import { decimalsOf } from '../recorded/recorded-data.ts';
import { readFilesBy } from '../recorded/recorded-files.ts';
import { formatUnits } from '../market/unit-decimal.ts';
import { type RecordedSeries, recordedOrigin } from '../origin.ts';

export interface BybitRecordingOptions {
  /** Files and folders; folders are searched with all that is in them. */
  readonly paths: readonly string[];
  readonly shift: 'weeks' | 'none';
  /** Pace at which frames are played. */
  readonly speed: number;
  /** The real time, epoch milliseconds. */
  readonly now: () => number;
  readonly log: (line: string) => void;
}

/** Prices in a frame: of trades, tickers and candles by their field, of books by their place. */
const PRICES = /"(?:lastPrice|p|open|high|low|close)":"(\d+(?:\.\d+)?)"|\["(\d+(?:\.\d+)?)","/g;

/** Rejects if a path does not exist, or with a NoRecordedDataError if nothing in them is known. */
export async function loadBybitRecording(options: BybitRecordingOptions): Promise<BybitVenue> {
  const { paths, shift, speed, now, log } = options;
  const parts = await readFilesBy(paths, log, readBybitFile);
  const histories = collectKlines(parts, shift, now());
  const topics = collectTopics(parts);
  const symbols = new Map(
    namesOf(histories, topics).map((key) => [key, createSymbol(key, parts, histories, topics)]),
  );
  return {
    origin: recordedOrigin(seriesOf(histories, topics)),
    symbols: (category) =>
      [...symbols].flatMap(([key, symbol]) => (key.startsWith(`${category} `) ? [symbol] : [])),
    find: (category, symbol) => symbols.get(`${category} ${symbol}`),
    topic(category, name) {
      const frames = topics.get(`${category} ${name}`);
      return frames === undefined ? undefined : createRecordedTopic({ frames, speed, now });
    },
    // What is played ends with the connections that it is played to.
    close: () => undefined,
  };
}

type Topics = ReadonlyMap<string, readonly RecordedFrame[]>;

function collectTopics(parts: readonly BybitPart[]): Topics {
  const topics = new Map<string, RecordedFrame[]>();
  for (const frame of parts.flatMap((part) => (part.kind === 'frames' ? part.frames : []))) {
    const key = `${frame.category} ${frame.topic}`;
    const frames = topics.get(key) ?? [];
    frames.push(frame);
    topics.set(key, frames);
  }
  for (const frames of topics.values()) {
    frames.sort((a, b) => a.timeMs - b.timeMs);
  }
  return topics;
}

function seriesOf(
  histories: ReadonlyMap<string, KlineHistory>,
  topics: Topics,
): readonly RecordedSeries[] {
  const klines = [...histories].flatMap(([key, history]) =>
    [...history].map(([interval, rows]) => ({
      name: `${key} ${interval}`,
      times: rows.map(({ startMs }) => startMs),
    })),
  );
  const frames = [...topics].map(([name, topic]) => ({
    name,
    times: topic.map(({ timeMs }) => timeMs),
  }));
  return [...klines, ...frames];
}

/** `category symbol` of all that there is something of. */
function namesOf(histories: ReadonlyMap<string, KlineHistory>, topics: Topics): readonly string[] {
  const followed = [...topics.values()].flatMap(([first]) =>
    first === undefined ? [] : [`${first.category} ${splitTopic(first.topic).symbol}`],
  );
  return [...new Set([...histories.keys(), ...followed])].sort();
}

function createSymbol(
  key: string,
  parts: readonly BybitPart[],
  histories: ReadonlyMap<string, KlineHistory>,
  topics: Topics,
): BybitSymbol {
  const [word, symbol = ''] = key.split(' ');
  const category = BYBIT_CATEGORIES.find((name) => name === word) ?? 'linear';
  const history: KlineHistory = histories.get(key) ?? new Map();
  const search = createKlineSearch(history);
  const known = parts
    .flatMap((part) =>
      part.kind === 'instruments' && part.category === category ? part.records : [],
    )
    .find((record) => record.symbol === symbol);
  const frames = [...topics.values()].flatMap(([first]) =>
    first?.category === category && splitTopic(first.topic).symbol === symbol ? [first] : [],
  );
  const ticker = tickerOf(symbol, frames, history);
  return {
    record: known ?? plainRecord(category, symbol, decimalsIn(frames, history)),
    klines: (interval, span, nowMs) => Promise.resolve(search(interval, span, nowMs)),
    ticker: () => ticker,
    newestTrades: () => [],
    book: () => ({ bids: [], asks: [] }),
  };
}

/** The recorded snapshot, or else the last close. */
function tickerOf(
  symbol: string,
  frames: readonly RecordedFrame[],
  history: KlineHistory,
): BybitTicker | undefined {
  const frame = frames.find(({ topic, isDelta }) => topic.startsWith('tickers.') && !isDelta);
  if (frame !== undefined) {
    return frameData(frame);
  }
  const newest = [...history.values()]
    .flatMap((klines) => klines.at(-1) ?? [])
    .sort((a, b) => b.startMs - a.startMs)[0];
  return newest === undefined ? undefined : { symbol, lastPrice: newest.close };
}

function decimalsIn(frames: readonly RecordedFrame[], history: KlineHistory): number {
  const framed = frames.flatMap(({ text }) =>
    [...text.matchAll(PRICES)].map(([, field, level]) => field ?? level ?? ''),
  );
  const closes = [...history.values()].flatMap((klines) => klines.map(({ close }) => close));
  return [...framed, ...closes].reduce((most, price) => Math.max(most, decimalsOf(price)), 0);
}

/** What is known of a symbol that no list describes: the digits of its prices. */
function plainRecord(category: BybitCategory, symbol: string, decimals: number): BybitInstrument {
  const [, baseCoin = symbol, quoteCoin = ''] = /^(.+?)(USDT|USDC|USD)$/.exec(symbol) ?? [];
  return {
    symbol,
    ...(category === 'spot'
      ? {}
      : { contractType: category === 'linear' ? 'LinearPerpetual' : 'InversePerpetual' }),
    status: 'Trading',
    baseCoin,
    quoteCoin,
    priceScale: String(decimals),
    priceFilter: { tickSize: formatUnits(1, decimals) },
  };
}
