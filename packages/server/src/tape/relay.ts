import {
  type Channel,
  DATA_TYPES,
  type MarketEvent,
  SEVERITIES,
  compareDecimals,
  midOf,
  parseChannel,
} from '@tickwire/protocol';
import { z } from 'zod';
import { InvalidMessageError, UnknownInstrumentError } from '../domain/errors.ts';
import { type RelayedCryptoChannel, parseCryptoUpdate } from './relay-crypto.ts';
import { instrument, isoTime, positiveDecimal, read } from './relay-fields.ts';

/**
 * What other programs may put on the bus, in the shapes that the contract gives to the channels
 * of the same names (PROTOCOL.md, "Publishing").
 */
const RELAY_CHANNELS = [
  'price_updates',
  'volatility_alerts',
  'correlation_alerts',
  'data_ready',
] as const;
export type RelayChannel = (typeof RELAY_CHANNELS)[number];

export interface RelayRules {
  /** The pairs of which prices are taken. */
  readonly trackedPairs: readonly string[];
  /** Whether candles, trades and tickers of an instrument are taken. */
  readonly isCrypto: (instrument: string) => boolean;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * Turns a message of a contract channel, crypto's among them, into the event that it stands for.
 * Throws {@link InvalidMessageError}, which says what is wrong; {@link UnknownInstrumentError} where
 * it is the instrument.
 */
export type RelayParser = (channel: string, payload: unknown) => MarketEvent;

/** How much of a name that is not understood is shown. */
const MAX_SHOWN_LENGTH = 60;

const priceUpdate = z.object({
  instrument,
  price: z.object({
    bid: positiveDecimal,
    ask: positiveDecimal,
    mid: positiveDecimal.nullish(),
    time: isoTime.nullish(),
  }),
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

/** Reads what other programs publish: prices and crypto of known instruments alone. */
export function createRelayParser({ trackedPairs, isCrypto, now }: RelayRules): RelayParser {
  return (name, payload) => {
    const channel = RELAY_CHANNELS.find((known) => known === name);
    if (channel === undefined) {
      return parseCryptoUpdate(cryptoChannel(name, isCrypto), payload, now());
    }
    const event = parseRelayed(channel, payload, now());
    if (event.type === 'quote' && !trackedPairs.includes(event.instrument)) {
      throw new UnknownInstrumentError(
        `${channel}: instrument: expected a tracked pair, got ${event.instrument}`,
      );
    }
    return event;
  };
}

/**
 * Turns a message into the event that it stands for, of whatever instrument; throws
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

/** The flat form of a price as the nested one, so that one schema says what is wrong. */
function nestPrice(payload: unknown): unknown {
  if (typeof payload !== 'object' || payload === null || 'price' in payload) {
    return payload;
  }
  return { ...payload, price: payload };
}

function toQuote(message: z.infer<typeof priceUpdate>, now: number): MarketEvent {
  const { bid, ask, mid, time } = message.price;
  const isBetween =
    typeof mid === 'string' && compareDecimals(mid, bid) >= 0 && compareDecimals(mid, ask) <= 0;
  return {
    type: 'quote',
    instrument: message.instrument,
    bid,
    ask,
    mid: isBetween ? mid : midOf(bid, ask),
    time: time ?? new Date(now).toISOString(),
  };
}

function cryptoChannel(name: string, isCrypto: RelayRules['isCrypto']): RelayedCryptoChannel {
  const channel = parseChannel(name);
  if (channel === undefined || !isRelayedCrypto(channel)) {
    throw new InvalidMessageError(
      `Expected a channel of the contract, got '${name.slice(0, MAX_SHOWN_LENGTH)}'`,
    );
  }
  if (!isCrypto(channel.instrument)) {
    throw new UnknownInstrumentError(`${name}: expected a crypto instrument that is followed here`);
  }
  return channel;
}

function isRelayedCrypto(channel: Channel): channel is RelayedCryptoChannel {
  return channel.kind === 'candles' || channel.kind === 'trades' || channel.kind === 'ticker';
}
