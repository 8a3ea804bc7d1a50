/** Our server, as a program that embeds it would start it: no feeds, prices put on the tape. */
import { createServer } from '@tickwire/server';
import { servePeer } from './serve-peer.js';

/** @type {import('@tickwire/server').Server | undefined} */
let server;

servePeer({
  readsRedis: true,
  async start({ maxClients, redisUrl }) {
    server = createServer({
      FEEDS: 'none',
      API_HOST: '127.0.0.1',
      API_PORT: '0',
      WEBSOCKET_PORT: 'off',
      LIVE_PORT: 'off',
      WEBSOCKET_MAX_CLIENTS: String(maxClients),
      DATA_DIR: 'none',
      LOG_LEVEL: 'ERROR',
      ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }),
    });
    await server.start();
    const [listening] = server.listening;
    if (listening === undefined) {
      throw new Error('Expected the server to listen');
    }
    return listening.boundPort;
  },
  publish(message) {
    server?.publish('price_updates', message);
  },
});
