import compress from '@fastify/compress';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import { type ZodTypeProvider, validatorCompiler } from 'fastify-type-provider-zod';
import type { TimestampStyle } from '../domain/timestamps.ts';
import { addAlertRoutes } from './alert-routes.ts';
import { addAnalyticsRoutes } from './analytics-routes.ts';
import { addCandleRoutes } from './candle-routes.ts';
import { addDocuments, describeRoutes } from './documents.ts';
import { addPriceRoutes } from './price-routes.ts';
import { unknownAddress } from './problem.ts';
import { addQualityRoutes } from './quality-routes.ts';
import { type RestContext, TimeFormat } from './rest-route.ts';
import type { RestSources } from './rest-sources.ts';
import { type ServiceFacts, addServiceRoutes } from './service-routes.ts';

export interface RestOptions {
  readonly sources: RestSources;
  readonly facts: ServiceFacts;
  /** So many requests of one client in so long a time; 0 is as many as it likes. */
  readonly rateLimit: { readonly requests: number; readonly windowMs: number };
  readonly timestampStyle: TimestampStyle;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Of so many clients it is known how much they have asked; of more, those that were quiet longest are forgotten. */
const CLIENTS_COUNTED = 10_000;

/**
 * Adds all routes under `/api`, the document that describes them, and its page. What else is there
 * under `/api/v1` comes from `addMore`, and is limited and described with them.
 */
export async function addRest(
  app: FastifyInstance,
  options: RestOptions,
  addMore: (v1: FastifyInstance) => void,
): Promise<void> {
  app.setValidatorCompiler(validatorCompiler);
  // Routes give text; what is left are problems. answer-schemas.ts says why nothing is checked here.
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  await app.register(compress, { encodings: ['gzip', 'deflate'] });
  await describeRoutes(app);
  await app.register(
    async (api) => {
      await limitRequests(api, options);
      api.addHook('preValidation', async (request) => {
        dropEmpty(request.query);
        return Promise.resolve();
      });
      await api.register(
        async (v1) => {
          addRoutes(v1, options);
          addMore(v1);
          return Promise.resolve();
        },
        { prefix: '/v1' },
      );
    },
    { prefix: '/api' },
  );
  await addDocuments(app);
}

function addRoutes(
  v1: FastifyInstance,
  { sources, facts, timestampStyle, now }: RestOptions,
): void {
  const app = v1.withTypeProvider<ZodTypeProvider>();
  const context: RestContext = { sources, times: new TimeFormat(now, timestampStyle), now };
  addServiceRoutes(app, context, facts);
  addPriceRoutes(app, context);
  addCandleRoutes(app, context);
  addAnalyticsRoutes(app, context);
  addAlertRoutes(app, context);
  addQualityRoutes(app, context);
}

/** Every request counts, also one for an address that is not there. */
async function limitRequests(api: FastifyInstance, options: RestOptions): Promise<void> {
  const { requests, windowMs } = options.rateLimit;
  const times = new TimeFormat(options.now, options.timestampStyle);
  if (requests > 0) {
    await api.register(rateLimit, {
      max: requests,
      timeWindow: windowMs,
      cache: CLIENTS_COUNTED,
      errorResponseBuilder: (_, { ttl }) =>
        Object.assign(new Error(`Come back in ${Math.ceil(ttl / 1_000)} s`), { statusCode: 429 }),
    });
  }
  api.setNotFoundHandler(requests > 0 ? { preHandler: api.rateLimit() } : {}, (request, reply) => {
    const { status, error, message } = unknownAddress(request.method, request.url);
    return reply.code(status).send({ error, message, timestamp: times.timestamp() });
  });
}

/** `?start_time=` says nothing, as if it were not there. */
function dropEmpty(query: unknown): void {
  if (typeof query === 'object' && query !== null) {
    for (const [name, value] of Object.entries(query)) {
      if (value === '') {
        Reflect.deleteProperty(query, name);
      }
    }
  }
}
