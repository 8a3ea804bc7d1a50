import { createRequire } from 'node:module';
import type { Server } from '../app/compose.ts';
import type { Config } from '../app/config.ts';
import type { Logger } from '../ports/logger.ts';

/** What runs, where it listens and where its prices come from, for the person who started it. */
export function describeStart(config: Config, server: Server, logger: Logger): void {
  const { listening } = server;
  for (const { variable, host, boundPort } of listening) {
    logger.info({ host, port: boundPort }, `Listening on ${urlOf(host, boundPort)} (${variable})`);
  }
  logger.info({ pairs: config.trackedPairs.length }, describeVenue(config));
  logger.info(
    { bus: 'embedded', store: 'none' },
    'Prices are kept in memory, none across a restart',
  );
  const [first] = listening;
  const page =
    first === undefined ? '' : `: see ${urlOf(first.host, first.boundPort)} in a browser`;
  logger.info({ version: version(), maxClients: config.clients.max }, `Tickwire is ready${page}`);
}

function urlOf(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

function describeVenue({ oanda, trackedPairs }: Config): string {
  const pairs = `${trackedPairs.length} pairs`;
  if (oanda === undefined) {
    return `${pairs}, no feed: prices come only from what is published`;
  }
  if (oanda.venue.type === 'simulator') {
    return `${pairs}, SIMULATED: the built-in simulator is the venue, for want of an OANDA_API_KEY`;
  }
  const { restUrl } = oanda.venue.hosts;
  return oanda.environment === 'simulated'
    ? `${pairs}, SIMULATED by ${restUrl}`
    : `${pairs} of OANDA (${oanda.environment}) at ${restUrl}`;
}

/** The version of this package. */
export function version(): string {
  const manifest = createRequire(import.meta.url)('../../package.json') as { version: string };
  return manifest.version;
}
