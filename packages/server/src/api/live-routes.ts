import type { Health, LiveChannels, LiveHealth } from '@tickwire/protocol';
import type { FastifyInstance } from 'fastify';
import type { ChannelDirectory } from '../ports/channels.ts';

export interface LiveRoutesOptions {
  readonly directory: Pick<ChannelDirectory, 'list'>;
  /** How many crypto candle channels are followed now. */
  readonly activeChannels: () => number;
  /** The health of everything, as the given port announces it. */
  readonly health: (localPort: number | undefined) => Health;
}

const PREFIX = '/api/v1/live';

/** Adds what the crypto family's clients ask over HTTP: which channels there are, and health. */
export function addLiveRoutes(app: FastifyInstance, options: LiveRoutesOptions): void {
  app.get(`${PREFIX}/channels`, (): LiveChannels => {
    const { configured, followed } = options.directory.list();
    return { success: true, channels: configured, count: configured.length, all: followed };
  });

  app.get(`${PREFIX}/health`, async (request, reply) => {
    const { status, services, timestamp, mode } = options.health(request.socket.localPort);
    const health: LiveHealth = {
      status,
      redis: services.redis,
      active_channels: options.activeChannels(),
      timestamp,
      mode,
    };
    return reply.code(status === 'unhealthy' ? 503 : 200).send(health);
  });
}
