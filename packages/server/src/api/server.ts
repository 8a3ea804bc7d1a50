import { type Server as HttpServer, createServer } from 'node:http';
import cors from '@fastify/cors';
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify';
import type { Health } from '@tickwire/protocol';
import type { Logger } from '../ports/logger.ts';
import { type LiveRoutesOptions, addLiveRoutes } from './live-routes.ts';
import { type MetricsSource, addMetricsRoute } from './metrics-route.ts';
import { addPages } from './page.ts';

export interface ApiServerOptions {
  /** The health of everything, as the given port announces it. */
  readonly health: (localPort: number | undefined) => Health;
  /** What clients may ask for beside health; undefined where another process answers that. */
  readonly live: Pick<LiveRoutesOptions, 'directory' | 'activeChannels'> | undefined;
  readonly metrics: MetricsSource;
  readonly timestamp: () => string;
  readonly logger: Logger;
}

/** The HTTP side of the application: requests here, upgrades to whoever attaches to `httpServer`. */
export interface ApiServer {
  /** Not listening yet; every listener's connections come here. */
  readonly httpServer: HttpServer;
  /** Resolves when requests can be answered. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Builds the HTTP application: `GET /health`, `GET /metrics`, the routes of the crypto family and the pages. */
export function createApiServer(options: ApiServerOptions): ApiServer {
  let httpServer: HttpServer | undefined;
  const answerError = (error: FastifyError, reply: FastifyReply): FastifyReply => {
    const status = error.statusCode ?? 500;
    if (status >= 500) {
      options.logger.error({ err: error }, 'A request failed');
    }
    return reply.code(status).send({
      error: status >= 500 ? 'Internal error' : 'Bad request',
      message: status >= 500 ? 'The log has the reason' : error.message,
      timestamp: options.timestamp(),
    });
  };
  const app: FastifyInstance = fastify({
    frameworkErrors: (error, _, reply) => {
      void answerError(error, reply);
    },
    serverFactory: (handler) => {
      httpServer = createServer((request, response) => {
        handler(request, response);
      });
      return httpServer;
    },
  });
  if (httpServer === undefined) {
    throw new Error('Expected fastify to make its server at once');
  }
  void app.register(cors, { origin: '*' });

  app.get('/health', async (request, reply) => {
    const health = options.health(request.socket.localPort);
    return reply.code(health.status === 'unhealthy' ? 503 : 200).send(health);
  });
  const { live } = options;
  if (live !== undefined) {
    addLiveRoutes(app, { ...live, health: options.health });
  }
  addMetricsRoute(app, options.metrics);
  app.setNotFoundHandler((request, reply) => {
    const message = `There is no ${request.method} ${request.url.slice(0, 200)}`;
    return reply.code(404).send({ error: 'Not found', message, timestamp: options.timestamp() });
  });
  app.setErrorHandler<FastifyError>((error, _, reply) => answerError(error, reply));

  return {
    httpServer,
    async start() {
      if (live !== undefined) {
        await addPages(app);
      }
      await app.ready();
    },
    async close() {
      await app.close();
    },
  };
}
