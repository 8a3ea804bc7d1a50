import type { FastifyInstance } from 'fastify';

/** Where the metrics come from. */
export interface MetricsSource {
  /** Everything as it is now, in Prometheus' text format. */
  read(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** Adds `GET /metrics`, for Prometheus to ask. */
export function addMetricsRoute(app: FastifyInstance, metrics: MetricsSource): void {
  app.get('/metrics', async (_, reply) => {
    const { contentType, text } = await metrics.read();
    return reply.header('cache-control', 'no-store').type(contentType).send(text);
  });
}
