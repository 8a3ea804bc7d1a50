import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** Runs a bench, such as `ingest.js`, to its end. */
export async function runBench(script: string, args: readonly string[]) {
  const path = fileURLToPath(new URL(`../${script}`, import.meta.url));
  const bench = spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [output, errors, [code]] = await Promise.all([
    text(bench.stdout),
    text(bench.stderr),
    once(bench, 'close') as Promise<[number | null]>,
  ]);
  return { code, output, errors };
}

/** A directory that lives as long as the test. */
export async function createDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tickwire-bench-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
}

/** The files of the only result in a directory, by their endings. */
export async function readResults(directory: string): Promise<Record<string, string>> {
  const files = await readdir(directory);
  const contents = files.map(async (file) => {
    return [extname(file).slice(1), await readFile(join(directory, file), 'utf8')] as const;
  });
  return Object.fromEntries(await Promise.all(contents));
}

/** The only result in a directory, by the name of its file and its content. */
export async function readResult(directory: string): Promise<{ file: string; result: unknown }> {
  const [file = ''] = await readdir(directory);
  return { file, result: JSON.parse(await readFile(join(directory, file), 'utf8')) };
}
