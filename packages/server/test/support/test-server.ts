import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import { type Server, compose } from '../../src/app/compose.ts';
import { parseConfig } from '../../src/app/config.ts';
import type { Environment } from '../../src/app/variables.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { ONE_PORT } from './one-port.ts';
import { createRecordingLogger } from './recording-logger.ts';

export interface TestServer extends Server {
  readonly url: string;
  /** The address of the listener with the given variable. */
  urlOf(variable: string): string;
}

const DEFAULTS: Environment = {
  ...ONE_PORT,
  FEEDS: 'oanda',
  DATA_DIR: 'none',
};

/** A running server on free ports; whoever starts it closes it. */
export async function startServer(
  settings: Environment = {},
  clock: Clock = systemClock,
): Promise<TestServer> {
  const config = parseConfig({ ...DEFAULTS, ...settings });
  const server = compose({ config, clock, logger: createRecordingLogger() });
  await server.start();
  const urlOf = (variable: string): string => {
    const found = server.listening.find((address) => address.variable === variable);
    return `http://127.0.0.1:${found?.boundPort}`;
  };
  return {
    start: () => server.start(),
    close: () => server.close(),
    listening: server.listening,
    fanOut: server.fanOut,
    health: (port) => server.health(port),
    publish: (channel, payload) => {
      server.publish(channel, payload);
    },
    url: urlOf('WEBSOCKET_PORT'),
    urlOf,
  };
}

/** A running server that is closed when the current test has finished. */
export async function startServerForTest(
  settings?: Environment,
  clock?: Clock,
): Promise<TestServer> {
  const server = await startServer(settings, clock);
  onTestFinished(() => server.close());
  return server;
}
