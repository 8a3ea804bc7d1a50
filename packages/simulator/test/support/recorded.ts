/** Recorded data for tests: the shared files, which may be absent, and small ones made up. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** The shared data beside the checkout. */
export const shared = fileURLToPath(new URL('../../../../../shared/data/', import.meta.url));
export const hasShared = existsSync(shared);
export const recorded = join(shared, 'oanda/recorded');

/** The lines of a file that are not empty. */
export function readLines(file: string): readonly string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}

/** Writes files into a folder of their own, which is gone after the test. */
export async function folderOf(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tickwire-recorded-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, name), text);
  }
  return folder;
}

/** A table of hourly candles of one side, with a hole. */
export const H1_TABLE = [
  'time,open,high,low,close,tick_volume',
  '2018-01-04T10:00:00Z,1.10000,1.10200,1.09900,1.10100,10',
  '2018-01-04T11:00:00Z,1.10100,1.10300,1.10000,1.10200,',
  '2018-01-04T13:00:00Z,1.10200,1.10250,1.09800,1.09900,30',
].join('\n');
