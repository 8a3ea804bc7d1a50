import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export interface Child {
  readonly pid: number;
  /** What it has written, line by line. */
  readonly lines: readonly string[];
  readonly isOver: () => boolean;
  /** Writes a line into its input. */
  say(line: string): void;
  endInput(): void;
  /** Ends it as if it had crashed; resolves when it is gone. */
  kill(): Promise<void>;
}

/** Runs one of the programs in this folder, from what was built; it ends with the test. */
export function runForTest(program: string, ...given: string[]): Child {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [path, ...given], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  if (child.stdout !== null) {
    createInterface(child.stdout).on('line', (line) => lines.push(line));
  }
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const kill = async (): Promise<void> => {
    if (!isOver()) {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
  };
  onTestFinished(kill);
  return {
    pid: child.pid ?? 0,
    lines,
    isOver,
    say: (line) => child.stdin?.write(`${line}\n`),
    endInput: () => child.stdin?.end(),
    kill,
  };
}
