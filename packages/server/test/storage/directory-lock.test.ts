import { hostname } from 'node:os';
import { readFile, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import { DirectoryLock } from '../../src/storage/directory-lock.ts';
import { runForTest } from '../support/child.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { createDirectoryForTest } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';

const HOLDER = 'hold-directory-lock.js';

async function acquire(directory: string): Promise<DirectoryLock> {
  const lock = await DirectoryLock.acquire(directory, systemClock);
  onTestFinished(() => lock.release());
  return lock;
}

describe('a directory lock', () => {
  test('is refused while another process has it, and says which and where', async () => {
    const directory = await createDirectoryForTest();
    const holder = runForTest(HOLDER, directory);
    await waitFor(() => holder.lines.includes('held'), 'the holder');
    const error = await acquire(directory).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'STORE_LOCKED', retryable: false });
    expect(String(error)).toContain(directory);
    expect(String(error)).toContain(`process ${holder.pid} `);
  });

  test('is free once it was given back, again and again', async () => {
    const directory = await createDirectoryForTest();
    for (let turn = 0; turn < 3; turn += 1) {
      const lock = await acquire(directory);
      await expect(acquire(directory)).rejects.toMatchObject({ code: 'STORE_LOCKED' });
      await Promise.all([lock.release(), lock.release()]);
    }
    await expect(readdir(directory)).resolves.toHaveLength(1);
    const holder = runForTest(HOLDER, directory);
    await waitFor(() => holder.lines.includes('held'), 'the holder');
    holder.endInput();
    await waitFor(holder.isOver, 'the end of the holder');
    await expect(acquire(directory)).resolves.toBeInstanceOf(DirectoryLock);
  });

  test('is free when its holder was killed', async () => {
    const directory = await createDirectoryForTest();
    const holder = runForTest(HOLDER, directory);
    await waitFor(() => holder.lines.includes('held'), 'the holder');
    await holder.kill();
    await expect(acquire(directory)).resolves.toBeInstanceOf(DirectoryLock);
  });

  test('is free when the id of its holder belongs to a later process', async () => {
    const directory = await createDirectoryForTest();
    const later = { pid: process.pid, host: hostname(), startedAt: 'another boot:1' };
    await writeFile(join(directory, 'database.lock.7'), JSON.stringify(later));
    await expect(acquire(directory)).resolves.toBeInstanceOf(DirectoryLock);
    await expect(readdir(directory)).resolves.toEqual(['database.lock.8']);
  });

  test('is free when its file was cut off by a power failure', async () => {
    const directory = await createDirectoryForTest();
    await writeFile(join(directory, 'database.lock.1'), '{"pid":');
    await expect(acquire(directory)).resolves.toBeInstanceOf(DirectoryLock);
  });

  test('is held by a process of another host for as long as that shows signs of life', async () => {
    const directory = await createDirectoryForTest();
    const path = join(directory, 'database.lock.1');
    await writeFile(path, JSON.stringify({ pid: 1, host: 'elsewhere', startedAt: null }));
    await expect(acquire(directory)).rejects.toThrow('process 1 on elsewhere has it');
    const past = new Date(Date.now() - 31_000);
    await utimes(path, past, past);
    await expect(acquire(directory)).resolves.toBeInstanceOf(DirectoryLock);
  });

  test('shows signs of life every five seconds until it is given back', async () => {
    const directory = await createDirectoryForTest();
    const clock = new ManualClock();
    const lock = await DirectoryLock.acquire(directory, clock);
    expect(clock.nextInMs).toBe(5_000);
    await clock.advance(5_000);
    await waitFor(() => clock.nextInMs === 5_000, 'the next sign');
    await lock.release();
    expect(clock.waiting).toBe(0);
  });

  test('is had by exactly one of many who want it at the same time', async () => {
    const directory = await createDirectoryForTest();
    const dead = { pid: 2 ** 22 - 1, host: hostname(), startedAt: 'another boot:1' };
    await writeFile(join(directory, 'database.lock.1'), JSON.stringify(dead));
    const racers = Array.from({ length: 6 }, () => runForTest(HOLDER, directory));
    await waitFor(() => racers.every(({ lines }) => lines.length > 0), 'all racers');
    const results = racers.flatMap(({ lines }) => lines).sort();
    expect(results).toEqual([...Array.from({ length: 5 }, () => 'STORE_LOCKED'), 'held']);
    const [file = ''] = await readdir(directory);
    const winner = racers.find(({ lines }) => lines.includes('held'));
    expect(await readFile(join(directory, file), 'utf8')).toContain(`"pid":${winner?.pid}`);
  });

  test('is had by exactly one of many within a process, round after round', async () => {
    const directory = await createDirectoryForTest();
    for (let round = 0; round < 20; round += 1) {
      const tries = await Promise.allSettled(
        Array.from({ length: 8 }, () => DirectoryLock.acquire(directory, systemClock)),
      );
      const locks = tries.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
      expect(locks).toHaveLength(1);
      await locks[0]?.release();
    }
  });
});
