import { systemClock } from '../../packages/server/dist/app/clock.js';
import { createStore } from '../../packages/server/dist/storage/index.js';

/** @typedef {import('../../packages/server/dist/ports/store.js').Store} Store */

/**
 * Our store, started: what it has to say goes to standard error, where it is a warning or worse.
 * @param {import('./databases.js').DatabaseConfig} database
 * @returns {Promise<Store>}
 */
export async function openStore(database) {
  const store = createStore({ database, clock: systemClock, logger: createStandardErrorLogger() });
  await store.start();
  return store;
}

function createStandardErrorLogger() {
  /** @type {(fields: object, message: string) => void} */
  const say = (fields, message) => {
    process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
  };
  const logger = {
    debug: ignore,
    info: ignore,
    warn: say,
    error: say,
    child: () => logger,
  };
  return logger;
}

function ignore() {
  // What goes well is not spoken of.
}
