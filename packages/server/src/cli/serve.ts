import { compose } from '../app/compose.ts';
import { systemClock } from '../app/clock.ts';
import type { Config } from '../app/config.ts';
import { createLogger } from '../app/logger.ts';
import { describeStart } from './summary.ts';

/** npm passes a Ctrl-C on to a child that has had it from the terminal already. */
const SAME_PRESS_MS = 500;

/**
 * Runs the server until a signal; resolves once it has stopped. A second signal exits at once.
 * `unknown` are variables that it warns of, because somebody may have misspelt them.
 */
export async function serve(config: Config, unknown: readonly string[]): Promise<void> {
  const logger = createLogger(config.log);
  for (const variable of unknown) {
    logger.warn({ variable }, 'Not a setting, and ignored');
  }
  const server = compose({ config, clock: systemClock, logger });
  let firstSignalAt: number | undefined;
  const stopped = new Promise<void>((resolve) => {
    const onSignal = (signal: NodeJS.Signals): void => {
      if (firstSignalAt === undefined) {
        firstSignalAt = Date.now();
        logger.info({ signal }, 'Stopping');
        resolve(server.close());
      } else if (Date.now() - firstSignalAt > SAME_PRESS_MS) {
        logger.warn({ signal }, 'Stopping at once');
        process.exit(1);
      }
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
    process.on('SIGHUP', onSignal);
  });
  try {
    await server.start();
    describeStart(config, server, logger);
  } catch (error) {
    if (firstSignalAt === undefined) {
      throw error;
    }
  }
  await stopped;
  logger.info({}, 'Stopped');
}
