import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, onTestFinished, test } from 'vitest';
import { createDirectory } from './temporary-directory.ts';
import { waitFor } from './wait-for.ts';

/** A Redis that only the tests that have started it know, on a port of this machine alone. */
export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** Ends it as if it had crashed; resolves when it is gone. */
  kill(): Promise<void>;
  /**
   * Starts it again on its port, after a kill if it still runs: with all that it has confirmed,
   * which only a durable one can, or empty.
   */
  restart(options: { readonly keepsData: boolean }): Promise<void>;
  /** Keeps its connections, and answers nothing until it is resumed. */
  pause(): void;
  resume(): void;
  /** What redis-cli prints for a command. */
  cli(...command: readonly string[]): Promise<string>;
  /** Ends it, and removes its files. */
  close(): Promise<void>;
}

export interface TestRedisOptions {
  /** Has every write on disk before it is confirmed; without it, nothing is ever on disk. */
  readonly isDurable?: boolean;
}

/** Below those that the system hands out, so that nobody is given a port while its Redis is down. */
const PORTS = { first: 20_000, count: 12_000 };
const ATTEMPTS = 20;
const CLI_TIMEOUT_MS = 10_000;

const run = promisify(execFile);

/** Whether this machine has the program. */
export const hasRedis = (process.env['PATH'] ?? '').split(delimiter).some(hasProgram);

/** Describes what needs a Redis; where there is none it is skipped, and says how it would not be. */
export function describeWithRedis(title: string, define: () => void): void {
  if (hasRedis) {
    describe(title, define);
  } else {
    const how = 'skipped: install redis-server, Debian: apt install redis-server';
    test.skip(`${title} (${how})`, () => undefined);
  }
}

/** A Redis that answers; whoever starts it closes it. */
export async function startRedis({ isDurable = false }: TestRedisOptions = {}): Promise<TestRedis> {
  const directory = await createDirectory();
  const start = async (port: number): Promise<ChildProcess> =>
    startProcess(port, directory.path, isDurable);
  let started: { readonly port: number; child: ChildProcess };
  try {
    started = await startOnFreePort(start);
  } catch (error) {
    await directory.remove();
    throw error;
  }
  const { port } = started;
  const kill = async (): Promise<void> => end(started.child);
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    kill,
    restart: async ({ keepsData }) => {
      if (keepsData && !isDurable) {
        throw new Error('Expected a durable Redis: another keeps nothing');
      }
      await kill();
      if (!keepsData) {
        const names = await readdir(directory.path);
        await Promise.all(names.map((name) => rm(join(directory.path, name), { recursive: true })));
      }
      started.child = await start(port);
    },
    pause: () => {
      started.child.kill('SIGSTOP');
    },
    resume: () => {
      started.child.kill('SIGCONT');
    },
    cli: async (...command) => {
      const address = ['-h', '127.0.0.1', '-p', String(port)];
      const { stdout } = await run('redis-cli', [...address, ...command], {
        timeout: CLI_TIMEOUT_MS,
      });
      return stdout.trimEnd();
    },
    close: async () => {
      await kill();
      await directory.remove();
    },
  };
}

/** A Redis that is gone when the current test has finished. */
export async function startRedisForTest(options?: TestRedisOptions): Promise<TestRedis> {
  const redis = await startRedis(options);
  onTestFinished(() => redis.close());
  return redis;
}

function hasProgram(folder: string): boolean {
  try {
    accessSync(join(folder, 'redis-server'), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function startOnFreePort(start: (port: number) => Promise<ChildProcess>) {
  for (let attempt = 1; ; attempt += 1) {
    const port = PORTS.first + Math.floor(Math.random() * PORTS.count);
    try {
      return { port, child: await start(port) };
    } catch (error) {
      const isTaken = error instanceof Error && error.message.includes('Address already in use');
      if (!isTaken || attempt === ATTEMPTS) {
        throw error;
      }
    }
  }
}

/** Resolves when it answers; rejects with what it has written where it ends before that. */
async function startProcess(
  port: number,
  directory: string,
  isDurable: boolean,
): Promise<ChildProcess> {
  const durability = isDurable ? ['--appendonly', 'yes', '--appendfsync', 'always'] : [];
  const settings = ['--bind', '127.0.0.1', '--port', String(port), '--dir', directory];
  const child = spawn('redis-server', [...settings, '--save', '', ...durability], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // Nothing else ends it where the tests themselves are ended.
  const endWithTests = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', endWithTests);
  child.once('exit', () => process.off('exit', endWithTests));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  child.on('error', (error) => {
    output += error.message;
  });
  try {
    await waitFor(async () => isOver(child) || (await answers(port, child)), 'Redis to answer');
  } catch (error) {
    await end(child);
    throw error;
  }
  if (isOver(child)) {
    throw new Error(`Redis has ended: ${output}`);
  }
  return child;
}

function isOver(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

async function end(child: ChildProcess): Promise<void> {
  if (!isOver(child)) {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
}

/** Whether it is this very process that answers on a port, and not another that has it. */
function answers(port: number, { pid }: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write('PING\r\nINFO server\r\nQUIT\r\n'),
    );
    let reply = '';
    socket.on('data', (chunk) => {
      reply += chunk.toString();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      resolve(reply.startsWith('+PONG') && reply.includes(`process_id:${pid}\r\n`));
    });
  });
}
