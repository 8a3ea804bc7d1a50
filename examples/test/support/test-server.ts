import { type Environment, type Server, createServer } from '@tickwire/server';
import { waitFor } from '../../../packages/server/test/support/wait-for.ts';

/** A whole server on loopback, with the built-in simulator for a venue. */
export interface TestServer {
  readonly url: string;
  readonly port: number;
  readonly publish: Server['publish'];
  /** How many clients are connected. */
  activeClients(): number;
  close(): Promise<void>;
}

/** Starts a server; resolves when its feeds are live. Port 0 is any free one. */
export async function startTestServer(port = 0, settings: Environment = {}): Promise<TestServer> {
  const server = createServer({
    DATA_DIR: 'none',
    API_HOST: '127.0.0.1',
    API_PORT: String(port),
    WEBSOCKET_PORT: 'off',
    LIVE_PORT: 'off',
    LOG_LEVEL: 'ERROR',
    ...settings,
  });
  await server.start();
  const [listening] = server.listening;
  if (listening === undefined) {
    throw new Error('Expected the server to listen');
  }
  await waitFor(() => server.health().feeds.every(({ state }) => state === 'live'), 'live feeds');
  return {
    url: `http://127.0.0.1:${listening.boundPort}`,
    port: listening.boundPort,
    publish: (channel, payload) => {
      server.publish(channel, payload);
    },
    activeClients: () => server.health().active_clients,
    close: () => server.close(),
  };
}
