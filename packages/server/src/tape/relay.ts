import {
  DATA_TYPES,
  type MarketEvent,
  SEVERITIES,
  compareDecimals,
  decimalFromNumber,
  isPositiveDecimal,
  midOf,
  parseInstrument,
} from '@tickwire/protocol';
import { z } from 'zod';
import { InvalidMessageError } from '../domain/errors.ts';

/**
 * What other programs may put on the bus, in the shapes that the contract gives to the channels
 * of the same names (PROTOCOL.md, "Publishing").
 */
export type RelayChannel =
  'price_updates' | 'volatility_alerts' | 'correlation_alerts' | 'data_ready';

const instrument = z.string().transform((name, context) => {
  const parsed = parseInstrument(name);
  if (parsed === undefined) {
    context.addIssue({ code: 'custom', message: 'expected the name of an instrument' });
    return z.NEVER;
  }
  return parsed;
});

/** Numbers are written the shortest way that reads back the same. */
const price = z
  .union([z.string(), z.number().transform(decimalFromNumber)])
  .refine(isPositiveDecimal, { message: 'expected a decimal above zero' });

/** ISO 8601; a time without zone is UTC, as the origin wrote it. */
const time = z.iso.datetime({ local: true, offset: true }).transform(toUtc);

const priceUpdate = z.object({
  instrument,
  price: z.object({ bid: price, ask: price, mid: price.nullish(), time: time.nullish() }),
});

const volatilityAlert = z.object({
  instrument,
  volatility: z.number(),
  threshold: z.number(),
  severity: z.enum(SEVERITIES),
});

const correlationAlert = z.object({
  pair1: instrument,
  pair2: instrument,
  correlation: z.number().min(-1).max(1),
  threshold: z.number(),
  severity: z.enum(SEVERITIES),
});

const dataReady = z.object({ data_type: z.enum(DATA_TYPES), count: z.number().int().min(0) });

/**
 * Turns a message of a contract channel into the event that it stands for; throws
 * {@link InvalidMessageError}, which says what is wrong. A missing time is `now`, and a mid that
 * is missing or outside of bid and ask is computed.
 */
export function parseRelayed(channel: RelayChannel, payload: unknown, now: number): MarketEvent {
  switch (channel) {
    case 'price_updates':
      return toQuote(read(channel, priceUpdate, nestPrice(payload)), now);
    case 'volatility_alerts':
      return { type: 'volatilityAlert', ...read(channel, volatilityAlert, payload) };
    case 'correlation_alerts':
      return { type: 'correlationAlert', ...read(channel, correlationAlert, payload) };
    case 'data_ready': {
      const { data_type: dataType, count } = read(channel, dataReady, payload);
      return { type: 'dataReady', dataType, count };
    }
    default:
      throw new InvalidMessageError(`Expected a channel of the contract, got '${String(channel)}'`);
  }
}

/** The same moment in UTC, with every digit that it had. */
function toUtc(text: string): string {
  const [, local = '', fraction = '', zone = ''] = /^(.{19})(\.\d+)?(.*)$/.exec(text) ?? [];
  const seconds = new Date(`${local}${zone === '' ? 'Z' : zone}`).toISOString().slice(0, 19);
  return `${seconds}${fraction}Z`;
}

/** The flat form of a price as the nested one, so that one schema says what is wrong. */
function nestPrice(payload: unknown): unknown {
  if (typeof payload !== 'object' || payload === null || 'price' in payload) {
    return payload;
  }
  return { ...payload, price: payload };
}

function read<T>(channel: string, schema: z.ZodType<T>, payload: unknown): T {
  const result = schema.safeParse(payload);
  if (!result.success) {
    const [issue] = result.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? '' : ` ${issue.path.join('.')}:`;
    throw new InvalidMessageError(`${channel}:${where} ${issue?.message ?? 'invalid message'}`);
  }
  return result.data;
}

function toQuote(message: z.infer<typeof priceUpdate>, now: number): MarketEvent {
  const { bid, ask, mid, time: given } = message.price;
  const isBetween =
    typeof mid === 'string' && compareDecimals(mid, bid) >= 0 && compareDecimals(mid, ask) <= 0;
  return {
    type: 'quote',
    instrument: message.instrument,
    bid,
    ask,
    mid: isBetween ? mid : midOf(bid, ask),
    time: given ?? new Date(now).toISOString(),
  };
}
