import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** An empty directory; whoever makes it removes it. */
export async function createDirectory(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'tickwire-test-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** An empty directory that is removed when the current test has finished. */
export async function createDirectoryForTest(): Promise<string> {
  const { path, remove } = await createDirectory();
  onTestFinished(remove);
  return path;
}
