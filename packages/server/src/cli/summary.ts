import { createRequire } from 'node:module';
import type { Server } from '../app/compose.ts';
import type { Config, VenueConfig } from '../app/config.ts';
import type { Logger } from '../ports/logger.ts';

/** What runs, where it listens and where its prices come from, for the person who started it. */
export function describeStart(config: Config, server: Server, logger: Logger): void {
  const { listening } = server;
  for (const { variable, host, boundPort } of listening) {
    logger.info({ host, port: boundPort }, `Listening on ${urlOf(host, boundPort)} (${variable})`);
  }
  if (config.roles.includes('ingest')) {
    for (const line of describeVenues(config)) {
      logger.info({ pairs: config.trackedPairs.length }, line);
    }
  }
  if (config.redis !== undefined) {
    logger.info({ roles: config.roles }, `One of several processes, on Redis ${config.redis.name}`);
  }
  logger.info({}, describeHistory(config));
  const [first] = listening;
  const page =
    first === undefined ? '' : `: see ${urlOf(first.host, first.boundPort)} in a browser`;
  logger.info({ version: version(), maxClients: config.clients.max }, `Tickwire is ready${page}`);
}

function urlOf(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

function describeHistory({ history }: Config): string {
  if (history === undefined) {
    return 'History: none is kept by this process';
  }
  const { database, directory, retentionDays, quoteRetentionHours } = history;
  const where =
    database.type === 'embedded' ? `the embedded database in ${directory}` : 'a PostgreSQL server';
  const candles = retentionDays === 0 ? 'candles for ever' : `candles for ${retentionDays} days`;
  return `History: in ${where}, ${candles}, every price for ${quoteRetentionHours} hours`;
}

/** One line for each venue that is followed. */
function describeVenues({ oanda, bybit, trackedPairs }: Config): readonly string[] {
  const pairs = `${trackedPairs.length} pairs`;
  const lines: string[] = [];
  if (oanda !== undefined) {
    const hint = 'for want of an OANDA_API_KEY';
    lines.push(describeVenue('OANDA', pairs, oanda.environment, urlOfVenue(oanda.venue), hint));
  }
  if (bybit !== undefined) {
    const what = `${bybit.instruments.join(', ')} in ${bybit.intervals.join(', ')}`;
    const hint = 'until BYBIT_ENVIRONMENT is live';
    lines.push(describeVenue('Bybit', what, bybit.environment, urlOfVenue(bybit.venue), hint));
  }
  return lines.length === 0
    ? [`${pairs}, no feed: prices come only from what is published`]
    : lines;
}

function describeVenue(
  venue: string,
  what: string,
  environment: string,
  url: string | undefined,
  hint: string,
): string {
  if (url === undefined) {
    return `${venue}: ${what}, SIMULATED: the built-in simulator is the venue, ${hint}`;
  }
  return environment === 'simulated'
    ? `${venue}: ${what}, SIMULATED by ${url}`
    : `${venue} (${environment}): ${what} at ${url}`;
}

function urlOfVenue(venue: VenueConfig<{ readonly restUrl: string }>): string | undefined {
  return venue.type === 'hosts' ? venue.hosts.restUrl : undefined;
}

/** The version of this package. */
export function version(): string {
  const manifest = createRequire(import.meta.url)('../../package.json') as { version: string };
  return manifest.version;
}
