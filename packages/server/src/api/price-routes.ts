import type { PriceFields, Quote } from '@tickwire/protocol';
import type { z } from 'zod';
import { ALL_PRICES, CURRENT_PRICE } from './answer-schemas.ts';
import { answer, jsonContent } from './answer.ts';
import { NotFoundError } from './problem.ts';
import { PRICE_QUERY } from './request-schemas.ts';
import { type RestApp, type RestContext, documented } from './rest-route.ts';

type CurrentPrice = z.output<typeof CURRENT_PRICE>;
type AllPrices = Omit<z.output<typeof ALL_PRICES>, 'timestamp'>;

/** Adds the newest prices: of one tracked pair, and of all that have one. */
export function addPriceRoutes(app: RestApp, { sources, times }: RestContext): void {
  const { prices, instruments } = sources;
  const toFields = ({ bid, ask, mid, time }: Quote): PriceFields => ({
    bid,
    ask,
    mid,
    time: times.formatVenue(time),
  });

  app.get(
    '/prices/current',
    {
      schema: {
        querystring: PRICE_QUERY,
        ...documented('Market data', 'The newest price of a pair', CURRENT_PRICE),
      },
    },
    async (request, reply) => {
      const { instrument } = request.query;
      if (!instruments.trackedPairs.includes(instrument)) {
        throw new NotFoundError(`${instrument} is not a tracked pair`);
      }
      const quote = prices.quote(instrument);
      if (quote === undefined) {
        throw new NotFoundError(`No price of ${instrument} was ever seen`);
      }
      const content: CurrentPrice = { instrument, price: toFields(quote) };
      return answer(request, reply, jsonContent(content));
    },
  );

  app.get(
    '/prices/all',
    { schema: documented('Market data', 'The newest prices of all pairs', ALL_PRICES) },
    async (request, reply) => {
      const found = instruments.trackedPairs.flatMap((pair) => prices.quote(pair) ?? []);
      if (found.length === 0) {
        throw new NotFoundError('No price was ever seen');
      }
      const content: AllPrices = {
        pair_count: found.length,
        prices: Object.fromEntries(found.map((quote) => [quote.instrument, toFields(quote)])),
      };
      return answer(request, reply, jsonContent(content), times.timestamp());
    },
  );
}
