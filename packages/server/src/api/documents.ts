import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import {
  createJsonSchemaTransform,
  createJsonSchemaTransformObject,
} from 'fastify-type-provider-zod';
import { answer } from './answer.ts';

const DESCRIPTION = `Prices, candles, metrics, correlations and alerts.

Prices travel with the venue's digits. Times are ISO 8601 in UTC. Errors are
\`{"error", "message", "timestamp"}\`. Every answer has an \`ETag\` of what it says: with
\`If-None-Match\` a client is told 304 while that has not changed. \`X-RateLimit-Limit\`,
\`X-RateLimit-Remaining\` and \`X-RateLimit-Reset\` (in seconds) say how much more may be asked;
past that the answer is 429 with \`Retry-After\`.`;

const TAGS = [
  { name: 'Market data', description: 'What the venues say' },
  { name: 'Analytics', description: 'What is computed from it' },
  { name: 'Service', description: 'What this server says of itself' },
];

/**
 * What the page may load: nothing from elsewhere. The plugin's own policy would have browsers ask
 * for everything over TLS, which breaks the page on any address but this machine's.
 */
const PAGE_POLICY = {
  'default-src': "'self'",
  'img-src': ["'self'", 'data:'],
  'style-src': ["'self'", "'unsafe-inline'"],
  'object-src': "'none'",
  'base-uri': "'self'",
  'frame-ancestors': "'self'",
};

/** Fields may be added, and a count has no end that needs saying. */
const zodToJsonConfig: Parameters<typeof createJsonSchemaTransform>[0]['zodToJsonConfig'] = {
  override: ({ jsonSchema }) => {
    if (jsonSchema.additionalProperties === false) {
      delete jsonSchema.additionalProperties;
    }
    if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) {
      delete jsonSchema.maximum;
    }
  },
};
const transform = createJsonSchemaTransform({ zodToJsonConfig });
const transformObject = createJsonSchemaTransformObject({ zodToJsonConfig });

/** Has every route that is added from now on described. */
export async function describeRoutes(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Tickwire', version: '1.0.0', description: DESCRIPTION },
      tags: TAGS,
    },
    transform,
    transformObject: (document) => {
      const described = transformObject(document);
      // Every named schema comes twice, once as an input: ours are all of answers.
      const schemas = ('components' in described && described.components.schemas) || {};
      for (const name of Object.keys(schemas).filter((each) => each.endsWith('Input'))) {
        Reflect.deleteProperty(schemas, name);
      }
      return described;
    },
  });
}

/** Adds `/openapi.json`, and `/docs`, which needs nothing from elsewhere. */
export async function addDocuments(app: FastifyInstance): Promise<void> {
  let text: string | undefined;
  app.get('/openapi.json', { schema: { hide: true } }, (request, reply) => {
    text ??= JSON.stringify(app.swagger());
    return answer(request, reply, { text, type: 'application/json; charset=utf-8' });
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: PAGE_POLICY,
    theme: { title: 'Tickwire: REST' },
    uiConfig: { docExpansion: 'list', tryItOutEnabled: true, layout: 'BaseLayout' },
  });
}
