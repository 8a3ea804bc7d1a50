import { randomUUID } from 'node:crypto';
import { link, readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreError } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import { isNotFound, isTaken } from './file-errors.ts';
import { type ProcessIdentity, isRunning, ownIdentity } from './process-identity.ts';

/** How often the holder shows that it lives, to those who cannot see its process. */
const HEARTBEAT_MS = 5_000;
/** A holder on another host (or in another container) that was not seen for so long is gone. */
const SILENT_MS = 30_000;

const PREFIX = 'database.lock.';

/**
 * Keeps a directory to one process. PGlite has no lock of its own: two processes on one directory
 * both seem to work, and lose rows.
 *
 * The lock is a file `database.lock.N`; whoever has the highest N holds it, unless it has ended or
 * the file is empty, which is how it is given back. It is taken by creating N + 1, which only one
 * can, and it is only then that lower ones are removed. So N never falls, and who has judged by
 * what is old creates a file that exists, or one below another's, and knows.
 */
export class DirectoryLock {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  readonly #beating: Promise<void>;

  private constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
    this.#beating = this.#beat();
  }

  /** Rejects with a StoreError that names the holder, if there is one. */
  static async acquire(directory: string, clock: Clock): Promise<DirectoryLock> {
    for (;;) {
      const highest = Math.max(0, ...(await generationsIn(directory)));
      await refuseIfHeld(directory, highest);
      const path = join(directory, `${PREFIX}${highest + 1}`);
      if (await createWhole(path)) {
        const generations = await generationsIn(directory);
        if (Math.max(...generations) === highest + 1) {
          const old = generations.filter((generation) => generation <= highest);
          await Promise.all(old.map((generation) => remove(directory, generation)));
          return new DirectoryLock(path, clock);
        }
        await rm(path, { force: true });
      }
    }
  }

  /** Gives the directory back; MAY be called again. */
  async release(): Promise<void> {
    if (!this.#stop.signal.aborted) {
      this.#stop.abort();
      await this.#beating;
      await writeFile(this.#path, '');
    }
  }

  async #beat(): Promise<void> {
    for (;;) {
      await this.#clock.sleep(HEARTBEAT_MS, this.#stop.signal);
      if (this.#stop.signal.aborted) {
        return;
      }
      const now = new Date(this.#clock.now());
      // Somebody who removes the file wants the database gone; that shows elsewhere.
      await utimes(this.#path, now, now).catch(() => undefined);
    }
  }
}

async function generationsIn(directory: string): Promise<number[]> {
  const names = await readdir(directory);
  return names
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => Number(name.slice(PREFIX.length)))
    .filter((generation) => Number.isSafeInteger(generation) && generation > 0);
}

/** Creates a file with its content, or nothing where there is one: no reader sees half of it. */
async function createWhole(path: string): Promise<boolean> {
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, JSON.stringify(await ownIdentity()));
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    if (isTaken(error)) {
      return false;
    }
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function refuseIfHeld(directory: string, generation: number): Promise<void> {
  const path = join(directory, `${PREFIX}${generation}`);
  let text: string;
  let silentMs: number;
  try {
    text = await readFile(path, 'utf8');
    silentMs = Date.now() - (await stat(path)).mtimeMs;
  } catch (error) {
    if (isNotFound(error)) {
      return;
    }
    throw error;
  }
  const holder = parseHolder(text);
  if (holder === undefined) {
    return;
  }
  const { host } = await ownIdentity();
  const isHeld = holder.host === host ? await isRunning(holder) : silentMs < SILENT_MS;
  if (isHeld) {
    const where = holder.host === host ? '' : ` on ${holder.host}`;
    throw new StoreError(
      'STORE_LOCKED',
      `Expected ${directory} to be used by nobody else, but process ${holder.pid}${where} has it`,
    );
  }
}

/** Undefined where nobody has the lock any more. */
function parseHolder(text: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(text) as ProcessIdentity;
  } catch {
    // Empty: given back; or cut off by a power failure, which its holder has not survived.
    return undefined;
  }
}

async function remove(directory: string, generation: number): Promise<void> {
  await rm(join(directory, `${PREFIX}${generation}`), { force: true });
}
