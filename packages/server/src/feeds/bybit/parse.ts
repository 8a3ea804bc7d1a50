import { type BookLevel, type Interval, isInterval } from '@tickwire/protocol';
import { InvalidMessageError } from '../../domain/errors.ts';
import {
  type Fields,
  amount,
  decimal,
  objectOf,
  parseObject,
  positiveDecimal,
  rowsOf,
  shown,
  wholeNumber,
} from './fields.ts';
import {
  type BybitCandle,
  type BybitFrame,
  type BybitTickerFields,
  TICKER_FIELDS,
} from './messages.ts';
import { readCandle, readTrade } from './values.ts';

/**
 * Reads one frame; throws {@link InvalidMessageError} for what is not JSON, or not what its topic
 * promises. Kinds of frames that are not known are no error: Bybit may add some.
 */
export function parseFrame(text: string): BybitFrame {
  const frame = parseObject(text);
  const { topic, op } = frame;
  if (typeof topic === 'string') {
    return parseTopic(topic, frame);
  }
  // On linear, inverse and spot a pong has the `op` of the ping that it answers.
  if (op === 'pong' || (op === 'ping' && frame['success'] !== false)) {
    return { type: 'pong' };
  }
  if (typeof frame['success'] === 'boolean') {
    return {
      type: 'answer',
      requestId: typeof frame['req_id'] === 'string' ? frame['req_id'] : '',
      isSuccess: frame['success'],
      message: typeof frame['ret_msg'] === 'string' ? frame['ret_msg'] : '',
    };
  }
  return { type: 'unknown' };
}

/**
 * The topic that a refusal names, if it names one: `error:handler not found,topic:kline.1.X`, on
 * spot `Invalid symbol :[tickers.X]`.
 */
export function refusedTopic(message: string): string | undefined {
  const [, named] =
    /,topic:(.+)$/.exec(message) ?? /^Invalid symbol :\[(.+)\]$/.exec(message) ?? [];
  return named;
}

function parseTopic(topic: string, frame: Fields): BybitFrame {
  const { data } = frame;
  const [kind, second = ''] = topic.split('.', 2);
  switch (kind) {
    case 'kline': {
      const candles = rowsOf(data).map((row) => toCandle(second, objectOf(row)));
      return { type: 'candles', topic, candles };
    }
    case 'publicTrade':
      return { type: 'trades', topic, trades: rowsOf(data).map((row) => readTrade(objectOf(row))) };
    case 'tickers':
      return {
        type: 'ticker',
        topic,
        isSnapshot: isSnapshot(frame),
        sequence: frame['cs'] === undefined ? undefined : wholeNumber('cs', frame['cs']),
        fields: tickerFieldsOf(objectOf(data)),
      };
    case 'orderbook': {
      const { b, a, u } = objectOf(data);
      return {
        type: 'book',
        topic,
        isSnapshot: isSnapshot(frame),
        bids: rowsOf(b).map(toLevel),
        asks: rowsOf(a).map(toLevel),
        updateId: wholeNumber('u', u),
      };
    }
    default:
      return { type: 'unknown' };
  }
}

function isSnapshot({ type }: Fields): boolean {
  if (type !== 'snapshot' && type !== 'delta') {
    throw new InvalidMessageError(`Expected 'snapshot' or 'delta' as type, got ${shown(type)}`);
  }
  return type === 'snapshot';
}

function toCandle(interval: string, fields: Fields): BybitCandle {
  const { confirm } = fields;
  if (typeof confirm !== 'boolean') {
    throw new InvalidMessageError(`Expected true or false as confirm, got ${shown(confirm)}`);
  }
  return readCandle(intervalOf(interval), fields, confirm);
}

function intervalOf(text: string): Interval {
  if (!isInterval(text)) {
    throw new InvalidMessageError(`Expected an interval in the topic, got ${shown(text)}`);
  }
  return text;
}

/** An empty text means that there is no value, and stays. */
function tickerFieldsOf(data: Fields): BybitTickerFields {
  const present = TICKER_FIELDS.filter((name) => data[name] !== undefined);
  return Object.fromEntries(
    present.map((name) => [name, data[name] === '' ? '' : decimal(name, data[name])]),
  );
}

function toLevel(row: unknown): BookLevel {
  const [price, size] = rowsOf(row);
  return [positiveDecimal('price', price), amount('size', size)];
}
