import { type Server as HttpServer, createServer } from 'node:http';
import cors from '@fastify/cors';
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify';
import type { Health } from '@tickwire/protocol';
import type { Logger } from '../ports/logger.ts';
import { answerBrokenRequest } from './broken-request.ts';
import { type LiveRoutesOptions, addLiveRoutes } from './live-routes.ts';
import { type MetricsSource, addMetricsRoute } from './metrics-route.ts';
import { addPages } from './page.ts';
import { type Problem, toProblem, unknownAddress } from './problem.ts';
import { type RestOptions, addRest } from './rest.ts';

export interface ApiServerOptions {
  /** The health of everything, as the given port announces it. */
  readonly health: (localPort: number | undefined) => Health;
  /** What clients may ask for beside health; undefined where another process answers that. */
  readonly live: Pick<LiveRoutesOptions, 'directory' | 'activeChannels'> | undefined;
  /** What is answered beside `live` under `/api`, and described; undefined where nothing is. */
  readonly rest?: RestOptions;
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

/** What pages of other origins may read of an answer. */
const EXPOSED_HEADERS = [
  'ETag',
  'Link',
  'Retry-After',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
];

/** Builds the HTTP application: `GET /health`, `GET /metrics`, what clients ask for, and the pages. */
export function createApiServer(options: ApiServerOptions): ApiServer {
  let httpServer: HttpServer | undefined;
  const answerProblem = (
    { status, error, message }: Problem,
    reply: FastifyReply,
  ): FastifyReply => {
    return reply.code(status).send({ error, message, timestamp: options.timestamp() });
  };
  const answerError = (error: FastifyError, reply: FastifyReply): FastifyReply => {
    const problem = toProblem(error);
    if (problem.status === 500) {
      options.logger.error({ err: error }, 'A request failed');
    }
    return answerProblem(problem, reply);
  };
  const app: FastifyInstance = fastify({
    frameworkErrors: (error, _, reply) => {
      void answerError(error, reply);
    },
    clientErrorHandler: (error, socket) => {
      answerBrokenRequest(error, socket, options.timestamp());
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
  void app.register(cors, { origin: '*', exposedHeaders: EXPOSED_HEADERS });

  app.get('/health', async (request, reply) => {
    const health = options.health(request.socket.localPort);
    return reply.code(health.status === 'unhealthy' ? 503 : 200).send(health);
  });
  const { live, rest } = options;
  if (live !== undefined) {
    const addLive = (v1: FastifyInstance): void => {
      addLiveRoutes(v1, { ...live, health: options.health });
    };
    void app.register(async (scope) => {
      if (rest === undefined) {
        await scope.register(
          (v1, _, done) => {
            addLive(v1);
            done();
          },
          { prefix: '/api/v1' },
        );
      } else {
        await addRest(scope, rest, addLive);
      }
    });
  }
  addMetricsRoute(app, options.metrics);
  app.setNotFoundHandler((request, reply) =>
    answerProblem(unknownAddress(request.method, request.url), reply),
  );
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
