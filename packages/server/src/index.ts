import { systemClock } from './app/clock.ts';
import { type Server, compose } from './app/compose.ts';
import { parseConfig } from './app/config.ts';
import type { Environment } from './app/variables.ts';
import { createLogger } from './app/logger.ts';

export type { Server } from './app/compose.ts';
export type { Environment } from './app/variables.ts';

/**
 * Puts a server together from settings (docs/settings.md has them all) without starting it; throws
 * a ConfigError for a setting that is wrong. The process's own environment is not read.
 *
 * @example
 * const server = createServer({ API_PORT: '0', WEBSOCKET_PORT: 'off', LIVE_PORT: 'off' });
 * await server.start();
 */
export function createServer(settings: Environment = {}): Server {
  const config = parseConfig(settings);
  return compose({ config, clock: systemClock, logger: createLogger(config.log) });
}
