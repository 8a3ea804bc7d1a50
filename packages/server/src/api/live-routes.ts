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

const CHANNELS = {
  tags: ['Service'],
  summary: 'Channels that are configured, and that are followed',
};
const HEALTH = { tags: ['Service'], summary: 'Health, in the words of the crypto family' };

/**
 * Adds what the crypto family's clients ask over HTTP under `/api/v1`: which channels there are, and
 * health, which may be asked as often as anybody likes.
 */
export function addLiveRoutes(v1: FastifyInstance, options: LiveRoutesOptions): void {
  v1.get('/live/channels', { schema: CHANNELS }, (): LiveChannels => {
    const { configured, followed } = options.directory.list();
    return { success: true, channels: configured, count: configured.length, all: followed };
  });

  v1.get(
    '/live/health',
    { schema: HEALTH, config: { rateLimit: false } },
    async (request, reply) => {
      const { status, services, timestamp, mode } = options.health(request.socket.localPort);
      const health: LiveHealth = {
        status,
        redis: services.redis,
        active_channels: options.activeChannels(),
        timestamp,
        mode,
      };
      return reply.code(status === 'unhealthy' ? 503 : 200).send(health);
    },
  );
}
