import { Buffer } from 'node:buffer';
import {
  chmodSync,
  closeSync,
  fdatasyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statfsSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { median } from '../statistics.js';
import { PrivatePostgres, postgresBinaries } from './postgres.js';

/** What a store can keep its tables in. */
export const ENGINES = /** @type {const} */ (['postgres', 'pglite']);

/** @typedef {(typeof ENGINES)[number]} EngineName */
/**
 * @typedef {import('../../packages/server/dist/storage/client.js').DatabaseConfig} DatabaseConfig
 * @typedef {Extract<DatabaseConfig, { type: 'postgres' }>['address']} PostgresAddress
 */

/** https://man7.org/linux/man-pages/man2/statfs.2.html */
const TMPFS_MAGIC = 0x01021994;
const SYNCS = 51;
const PAGE_BYTES = 8_192;
/** A shell's, for a process that a signal ended. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 };

/** Empty databases of both engines, in a directory that goes with them. */
export class Databases {
  #directory;
  #postgres;
  #embedded = 0;
  #remove;

  /**
   * @param {string} directory
   * @param {PrivatePostgres | undefined} postgres
   * @param {() => void} remove
   */
  constructor(directory, postgres, remove) {
    this.#directory = directory;
    this.#postgres = postgres;
    this.#remove = remove;
  }

  /**
   * Makes the directory, and starts PostgreSQL where it is asked for and installed.
   * @param {object} options
   * @param {string} options.parent Where the directory is made.
   * @param {readonly EngineName[]} options.engines
   * @param {number | undefined} options.core PostgreSQL's.
   */
  static async open({ parent, engines, core }) {
    const directory = mkdtempSync(join(parent, 'tickwire-bench-'));
    const remove = () => {
      rmSync(directory, { recursive: true, force: true, maxRetries: 10 });
    };
    let postgres;
    try {
      if (engines.includes('postgres') && postgresBinaries !== undefined) {
        // PostgreSQL may be another user, who has to get to its files.
        chmodSync(directory, 0o755);
        const own = join(directory, 'postgres');
        mkdirSync(own, { mode: 0o700 });
        postgres = await PrivatePostgres.start(own, core);
      }
    } catch (error) {
      remove();
      throw error;
    }
    // After PostgreSQL's end, which was registered first.
    process.once('exit', remove);
    for (const [signal, code] of Object.entries(EXIT_CODES)) {
      // Unheard, it would end the process without an exit event.
      process.once(signal, () => process.exit(code));
    }
    return new Databases(directory, postgres, remove);
  }

  /** @returns {readonly EngineName[]} Those that can be measured here. */
  get engines() {
    return ENGINES.filter((engine) => engine === 'pglite' || this.#postgres !== undefined);
  }

  /**
   * @param {EngineName} engine
   * @returns {Promise<DatabaseConfig>}
   */
  async create(engine) {
    if (engine === 'pglite') {
      this.#embedded += 1;
      return { type: 'embedded', directory: join(this.#directory, `embedded-${this.#embedded}`) };
    }
    if (this.#postgres === undefined) {
      throw new Error('Expected PostgreSQL to be installed');
    }
    return { type: 'postgres', address: await this.#postgres.createDatabase() };
  }

  /** How the directory's disk keeps what it is given. */
  describeDisk() {
    return {
      isMemory: statfsSync(this.#directory).type === TMPFS_MAGIC,
      syncMs: measureSync(join(this.#directory, 'sync')),
    };
  }

  /** Ends PostgreSQL and removes everything. */
  async close() {
    await this.#postgres?.close();
    process.off('exit', this.#remove);
    this.#remove();
  }
}

/**
 * How long a page takes to be safe: what one row in a transaction of its own waits for.
 * @param {string} path
 */
function measureSync(path) {
  const file = openSync(path, 'w');
  const page = Buffer.alloc(PAGE_BYTES);
  const times = Array.from({ length: SYNCS }, () => {
    writeSync(file, page, 0, PAGE_BYTES, 0);
    const start = performance.now();
    fdatasyncSync(file);
    return performance.now() - start;
  });
  closeSync(file);
  return median(times);
}
