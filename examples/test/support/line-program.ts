import { spawn } from 'node:child_process';
import { waitFor } from '../../../packages/server/test/support/wait-for.ts';

/** A program that runs on its own, and the lines that it has printed so far. */
export interface LineProgram {
  readonly lines: readonly string[];
  /** Resolves with the first line that matches, printed already or to come, from a line on. */
  waitForLine(pattern: RegExp, from?: number): Promise<string>;
  /** Resolves with the exit code, once it has ended by itself. */
  readonly exited: Promise<number | null>;
  /** As Ctrl-C does; resolves with the exit code. */
  interrupt(): Promise<number | null>;
  /** Ends it at once, if it still runs. */
  kill(): void;
}

/** Starts a program; what it writes to standard error counts among its lines. */
export function startLineProgram(command: string, args: readonly string[]): LineProgram {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream.setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\n');
      rest = parts.pop() ?? '';
      lines.push(...parts);
    });
  }
  return {
    lines,
    exited,
    waitForLine(pattern, from = 0) {
      return waitFor(
        () => lines.slice(from).find((line) => pattern.test(line)),
        `a line like ${String(pattern)}`,
      ).catch((error: unknown) => {
        throw new Error(`${String(error)}; it said:\n${lines.join('\n')}`);
      });
    },
    async interrupt() {
      child.kill('SIGINT');
      return exited;
    },
    kill() {
      child.kill('SIGKILL');
    },
  };
}
