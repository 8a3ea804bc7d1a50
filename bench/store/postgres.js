import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);
/** Where Debian and its kin put PostgreSQL, a directory for each version. */
const INSTALLED = '/usr/lib/postgresql';
const START_TIMEOUT_MS = 30_000;
const ATTEMPT_SPACING_MS = 50;
const USER = 'tickwire';

/** Where PostgreSQL's programs are, the newest ones; undefined where they are not installed. */
export const postgresBinaries = findBinaries();

/**
 * A PostgreSQL server of this process, with the settings that it comes with: it waits for its disk.
 * Only a socket in its directory leads to it, and it ends with this process.
 */
export class PrivatePostgres {
  #directory;
  #process;
  #databases = 0;
  #kill;

  /**
   * @param {string} directory
   * @param {import('node:child_process').ChildProcess} server
   */
  constructor(directory, server) {
    this.#directory = directory;
    this.#process = server;
    // Without its process the server would go on: it is told to end at once, and its files go.
    this.#kill = () => {
      server.kill('SIGQUIT');
    };
    process.once('exit', this.#kill);
  }

  /**
   * Starts a server with its files in an empty directory, on one core where that is given.
   * @param {string} directory
   * @param {number | undefined} core
   */
  static async start(directory, core) {
    if (postgresBinaries === undefined) {
      throw new Error(`Expected PostgreSQL's programs in ${INSTALLED}`);
    }
    // PostgreSQL refuses to run as root.
    const user = process.getuid?.() === 0 ? unprivilegedUser() : undefined;
    if (user !== undefined) {
      chownSync(directory, user.uid, user.gid);
    }
    const data = join(directory, 'data');
    const options = ['-D', data, '-U', USER, '-A', 'trust', '-E', 'UTF8'];
    await run(join(postgresBinaries, 'initdb'), options, { cwd: directory, ...user });
    const command = [
      ...[join(postgresBinaries, 'postgres'), '-D', data],
      ...['-c', 'listen_addresses=', '-c', `unix_socket_directories=${directory}`],
    ];
    const [file = '', ...args] =
      core === undefined ? command : ['taskset', '-c', String(core), ...command];
    const server = spawn(file, args, { cwd: directory, stdio: 'ignore', ...user });
    const postgres = new PrivatePostgres(directory, server);
    await postgres.#answer();
    return postgres;
  }

  /**
   * The address of a new, empty database.
   * @returns {Promise<{ host: string, port: number, user: string, database: string }>}
   */
  async createDatabase() {
    this.#databases += 1;
    const database = `bench_${this.#databases}`;
    const client = await this.#connect();
    await client.query(`CREATE DATABASE ${database}`);
    await client.end();
    return { ...this.#address, database };
  }

  /** Ends the server; its files stay. */
  async close() {
    process.off('exit', this.#kill);
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const exited = once(this.#process, 'exit');
      this.#process.kill('SIGQUIT');
      await exited;
    }
  }

  get #address() {
    return { host: this.#directory, port: 5432, user: USER };
  }

  async #connect() {
    const client = new pg.Client({ ...this.#address, database: 'postgres' });
    await client.connect();
    return client;
  }

  async #answer() {
    for (let left = START_TIMEOUT_MS; ; left -= ATTEMPT_SPACING_MS) {
      try {
        const client = await this.#connect();
        await client.end();
        return;
      } catch (error) {
        if (left <= 0 || this.#process.exitCode !== null) {
          throw new Error('Expected PostgreSQL to start', { cause: error });
        }
        await setTimeout(ATTEMPT_SPACING_MS);
      }
    }
  }
}

function findBinaries() {
  const versions = existsSync(INSTALLED) ? readdirSync(INSTALLED) : [];
  return versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(INSTALLED, version, 'bin'))
    .find((path) => existsSync(join(path, 'initdb')));
}

function unprivilegedUser() {
  const [, uid, gid] =
    /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8')) ?? [];
  return { uid: Number(uid), gid: Number(gid) };
}
