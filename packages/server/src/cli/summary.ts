import { createRequire } from 'node:module';
import type { Server } from '../app/compose.ts';
import type { Config } from '../app/config.ts';
import type { Logger } from '../ports/logger.ts';

const SERVICES: Readonly<Record<string, string>> = {
  API_PORT: 'REST',
  WEBSOCKET_PORT: 'Socket.IO',
  LIVE_PORT: 'live',
};

/** What runs, where it listens and where its prices come from, for the person who started it. */
export function describeStart(config: Config, server: Server, logger: Logger): void {
  logger.info({ version: version() }, 'Tickwire is ready');
  for (const { variable, host, boundPort } of server.listening) {
    const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
    const url = `http://${name.includes(':') ? `[${name}]` : name}:${boundPort}`;
    logger.info(
      { url, variable },
      `Listening (${SERVICES[variable] ?? variable}; every port serves everything)`,
    );
  }
  logger.info(
    { pairs: config.trackedPairs.length, maxClients: config.clients.max },
    describeVenue(config),
  );
  logger.info({ bus: 'embedded', store: 'memory' }, 'Nothing is kept across a restart');
}

function describeVenue({ oanda }: Config): string {
  if (oanda === undefined) {
    return 'No feed: prices come only from what is published';
  }
  switch (oanda.environment) {
    case 'simulated':
      return 'SIMULATED prices: the venue is a simulator, because no OANDA_API_KEY is set';
    case 'demo':
      return 'Prices of OANDA, practice environment';
    case 'live':
      return 'Prices of OANDA, live environment';
  }
}

/** The version of this package. */
export function version(): string {
  const manifest = createRequire(import.meta.url)('../../package.json') as { version: string };
  return manifest.version;
}
