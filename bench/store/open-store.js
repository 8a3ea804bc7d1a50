import { systemClock } from '../../packages/server/dist/app/clock.js';
import { createStores } from '../../packages/server/dist/storage/index.js';

/** @typedef {import('../../packages/server/dist/ports/store.js').Store} Store */
/** @typedef {import('../../packages/server/dist/storage/index.js').Stores} Stores */

/**
 * Our store, started: what it has to say goes to standard error, where it is a warning or worse.
 * @param {import('./databases.js').DatabaseConfig} database
 * @returns {Promise<Store>}
 */
export async function openStore(database) {
  const { store } = await openStores(database);
  return store;
}

/**
 * The same with all else that is in the database.
 * @param {import('./databases.js').DatabaseConfig} database
 * @returns {Promise<Stores>}
 */
export async function openStores(database) {
  const logger = createStandardErrorLogger();
  const stores = createStores({ database, clock: systemClock, logger });
  await stores.store.start();
  return stores;
}

/** Says what is a warning or worse on standard error. */
export function createStandardErrorLogger() {
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
