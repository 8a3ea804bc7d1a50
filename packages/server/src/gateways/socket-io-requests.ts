import type { CacheStats, PriceFields, ServerEvents } from '@tickwire/protocol';
import type { LastValues } from '../tape/last-values.ts';
import type { Admission } from './admission.ts';
import { findInvalidPairs, readPairsRequest, readPriceRequest } from './client-input.ts';
import type { EventMessages } from './event-messages.ts';
import type { PairSubscriptions } from './pair-subscriptions.ts';

/** What to send to the client that asked, first of all. */
export type Answer = {
  [Event in keyof ServerEvents]: {
    readonly event: Event;
    readonly payload: Parameters<ServerEvents[Event]>[0];
    /** The pairs that the request began or ended to follow. */
    readonly joined?: readonly string[];
    readonly left?: readonly string[];
  };
}[keyof ServerEvents];

/** Answers one request of one client; throws nothing that bad input could cause. */
export type RequestHandler = (subscriptions: PairSubscriptions, payload: unknown) => Answer;

export interface RequestHandlersOptions {
  readonly trackedPairs: readonly string[];
  readonly lastValues: LastValues;
  readonly messages: EventMessages;
  readonly admission: Admission;
  readonly cacheStats: () => CacheStats;
  /** How many subscriptions all clients have together. */
  readonly countSubscriptions: () => number;
}

/** The Socket.IO family's requests, by event. */
export function createRequestHandlers(
  options: RequestHandlersOptions,
): ReadonlyMap<string, RequestHandler> {
  const { trackedPairs, lastValues, messages, admission } = options;

  const subscribe: RequestHandler = (subscriptions, payload) => {
    const request = readPairsRequest(payload, trackedPairs);
    const error = 'error' in request ? request : findInvalidPairs(request.pairs, trackedPairs);
    if (error !== undefined || 'error' in request) {
      return {
        event: 'subscription_error',
        payload: { error: '', message: '', ...error, valid_pairs: trackedPairs },
      };
    }
    subscriptions.add(request.pairs, request.isToAll);
    return {
      event: 'subscription_confirmed',
      payload: {
        pairs: request.pairs,
        pair_count: request.pairs.length,
        subscribed_to_all: subscriptions.isToAll,
        timestamp: messages.timestamp(),
      },
      joined: request.pairs,
    };
  };

  const unsubscribe: RequestHandler = (subscriptions, payload) => {
    const request = readPairsRequest(payload, trackedPairs);
    if ('error' in request) {
      return { event: 'unsubscription_error', payload: request };
    }
    subscriptions.remove(request.pairs);
    return {
      event: 'unsubscription_confirmed',
      payload: {
        pairs: request.pairs,
        message: `Unsubscribed from ${request.pairs.length} pairs`,
        timestamp: messages.timestamp(),
      },
      left: request.pairs,
    };
  };

  const getSubscriptions: RequestHandler = (subscriptions) => ({
    event: 'subscriptions_info',
    payload: {
      subscribed_pairs: subscriptions.pairs,
      pair_count: subscriptions.size,
      subscribed_to_all: subscriptions.isToAll,
      timestamp: messages.timestamp(),
    },
  });

  const requestPrice: RequestHandler = (_, payload) => {
    const request = readPriceRequest(payload, trackedPairs);
    if ('error' in request) {
      return { event: 'price_error', payload: request };
    }
    const last = lastValues.quote(request.instrument);
    if (last === undefined) {
      return { event: 'price_error', payload: noPrice(request.instrument) };
    }
    return { event: 'price_response', payload: messages.price(last) };
  };

  const requestAllPrices: RequestHandler = () => {
    const prices: Record<string, PriceFields> = {};
    for (const pair of trackedPairs) {
      const last = lastValues.quote(pair);
      if (last !== undefined) {
        prices[pair] = messages.priceFields(last);
      }
    }
    const count = Object.keys(prices).length;
    if (count === 0) {
      return { event: 'price_error', payload: noPrice('any pair') };
    }
    return {
      event: 'all_prices_response',
      payload: { prices, pair_count: count, timestamp: messages.timestamp() },
    };
  };

  const getServerStats: RequestHandler = () => {
    const total = options.countSubscriptions();
    const clients = admission.count;
    return {
      event: 'server_stats',
      payload: {
        timestamp: messages.timestamp(),
        active_clients: clients,
        max_clients: admission.limit,
        total_subscriptions: total,
        average_subs_per_client: clients === 0 ? 0 : Math.round((total / clients) * 100) / 100,
        tracked_pairs: trackedPairs.length,
        cache: options.cacheStats(),
      },
    };
  };

  const ping: RequestHandler = () => ({
    event: 'pong',
    payload: { timestamp: messages.timestamp() },
  });

  return new Map([
    ['subscribe', subscribe],
    ['unsubscribe', unsubscribe],
    ['get_subscriptions', getSubscriptions],
    ['request_price', requestPrice],
    ['request_all_prices', requestAllPrices],
    ['get_server_stats', getServerStats],
    ['ping', ping],
  ]);
}

function noPrice(instrument: string) {
  return {
    error: `No cached price for ${instrument}`,
    message: 'The venue has not sent one yet; GET /health has the state of its feed',
  };
}
