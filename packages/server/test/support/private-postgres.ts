import { execFile } from 'node:child_process';
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import type { PostgresAddress } from '../../src/storage/postgres.ts';
import { PostgresClient } from '../../src/storage/postgres.ts';
import { createRecordingLogger } from './recording-logger.ts';

const run = promisify(execFile);
const INSTALLED = '/usr/lib/postgresql';

/** A PostgreSQL server that only the tests of one file know. */
export interface PrivatePostgres {
  /** The address of a new, empty database. */
  createDatabase(): Promise<Extract<PostgresAddress, { host: string }>>;
  start(): Promise<void>;
  /** Ends all connections at once. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

/** Where PostgreSQL's programs are; undefined where they are not installed. */
export const postgresBinaries: string | undefined = findBinaries();

/** A running server with its files and its socket in a directory of its own. */
export async function startPrivatePostgres(): Promise<PrivatePostgres> {
  if (postgresBinaries === undefined) {
    throw new Error(`Expected PostgreSQL's programs in ${INSTALLED}`);
  }
  const binaries = postgresBinaries;
  const directory = await mkdtemp(join(tmpdir(), 'tickwire-postgres-'));
  // PostgreSQL refuses to run as root.
  const user = process.getuid?.() === 0 ? unprivilegedUser() : undefined;
  if (user !== undefined) {
    await chown(directory, user.uid, user.gid);
  }
  const data = join(directory, 'data');
  const call = async (program: string, ...given: string[]): Promise<void> => {
    await run(join(binaries, program), given, { cwd: directory, ...user });
  };
  const address = { host: directory, port: 5432, user: 'tickwire', password: 'secret' };
  const settings = `-c listen_addresses= -c unix_socket_directories=${directory} -c fsync=off`;
  const start = async (): Promise<void> => {
    const log = join(directory, 'log');
    await call('pg_ctl', '-D', data, '-w', '-l', log, '-o', settings, 'start');
  };
  const stop = async (): Promise<void> => call('pg_ctl', '-D', data, '-m', 'immediate', 'stop');
  await call('initdb', '-D', data, '-U', address.user, '-A', 'trust', '-E', 'UTF8', '--no-sync');
  await start();
  let databases = 0;
  return {
    start,
    stop,
    createDatabase: async () => {
      const admin = new PostgresClient({
        address: { ...address, database: 'postgres' },
        logger: createRecordingLogger(),
      });
      databases += 1;
      const database = `test_${databases}`;
      // Anywhere but at UTC, so that a time that forgets its zone shows.
      await admin.query(`CREATE DATABASE ${database}`);
      await admin.query(`ALTER DATABASE ${database} SET timezone = 'Asia/Tokyo'`);
      await admin.close();
      return { ...address, database };
    },
    close: async () => {
      const names = await readdir(data);
      if (names.includes('postmaster.pid')) {
        await stop();
      }
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function findBinaries(): string | undefined {
  const versions = existsSync(INSTALLED) ? readdirSync(INSTALLED) : [];
  return versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(INSTALLED, version, 'bin'))
    .find((path) => existsSync(join(path, 'initdb')));
}

function unprivilegedUser(): { uid: number; gid: number } {
  const [, uid, gid] =
    /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8')) ?? [];
  return { uid: Number(uid), gid: Number(gid) };
}
