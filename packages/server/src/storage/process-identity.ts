import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';

/** A process, told apart from others that have its id before or after it. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** When it began, in a form of the machine's own; null where the machine does not tell. */
  readonly startedAt: string | null;
}

/** This process. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  return { pid: process.pid, host: hostname(), startedAt: (await startOf(process.pid)) ?? null };
}

/** Whether a process of this host still runs. */
export async function isRunning({ pid, startedAt }: ProcessIdentity): Promise<boolean> {
  if (!doesExist(pid)) {
    return false;
  }
  const start = await startOf(pid);
  if (start === undefined || startedAt === null) {
    return true;
  }
  return start === startedAt;
}

function doesExist(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It exists, but belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * The boot of the machine and the ticks since then; undefined where there is no `/proc`, null for a
 * process that has ended. See proc(5), `/proc/pid/stat`, fields 3 and 22.
 */
async function startOf(pid: number): Promise<string | null | undefined> {
  let boot: string;
  try {
    boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
  } catch {
    // Not Linux: the id must do.
    return undefined;
  }
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses and may hold any of them.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const hasEnded = ['Z', 'X'].includes(fields[0] ?? '');
    return hasEnded ? null : `${boot.trim()}:${fields[19]}`;
  } catch {
    // It has ended since somebody looked.
    return null;
  }
}
