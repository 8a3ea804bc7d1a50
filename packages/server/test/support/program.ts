import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** The program's file. */
export const PROGRAM = fileURLToPath(new URL('../../bin/tickwire.js', import.meta.url));

export interface RunningProgram {
  readonly child: ChildProcessWithoutNullStreams;
  /** Resolves with the exit code once it has ended and all that it has written is here. */
  readonly exited: Promise<number | null>;
  /** What it has written so far. */
  readonly output: () => string;
  readonly errors: () => string;
}

/** The program, spawned as a user would in a folder, with these variables only. */
export function runProgram(
  folder: string,
  args: readonly string[],
  env: Record<string, string> = {},
): RunningProgram {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: folder, env: { PATH, ...env } });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
  const exited = once(child, 'close').then(([code]) => code as number | null);
  // In a checkout there may be something to build first.
  const withoutBuild = (): string => errors.replace(/^Building Tickwire …\n/, '');
  return { child, exited, output: () => output, errors: withoutBuild };
}

/** How a program has ended. */
export interface EndedProgram {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** The same, awaited. */
export async function endOf(program: RunningProgram): Promise<EndedProgram> {
  const code = await program.exited;
  return { code, output: program.output(), errors: program.errors() };
}
