import { findMachineWarnings } from '../machine-warnings.js';

/** No disk that keeps what it has confirmed is this fast. */
const MIN_SYNC_MS = 0.1;

/**
 * What keeps the figures of a store from meaning what they seem to, one sentence each.
 * @param {object} run
 * @param {number} run.rounds
 * @param {{ loadAverage: number }} run.machine
 * @param {import('../machine.js').Cores} run.cores
 * @param {readonly import('./databases.js').EngineName[]} run.asked
 * @param {readonly import('./databases.js').EngineName[]} run.measured
 * @param {{ isMemory: boolean, syncMs: number }} run.disk
 * @returns {string[]}
 */
export function findStoreWarnings({ rounds, machine, cores, asked, measured, disk }) {
  const warnings = findMachineWarnings({ rounds, machine, cores });
  for (const engine of asked) {
    if (!measured.includes(engine)) {
      warnings.push(`${engine} is not installed here and was not measured.`);
    }
  }
  if (disk.isMemory) {
    warnings.push('The databases were in memory (tmpfs): --data takes a directory on a disk.');
  } else if (disk.syncMs < MIN_SYNC_MS) {
    const micros = Math.round(disk.syncMs * 1_000);
    warnings.push(
      `The disk says after ${micros} µs that a page is safe, which is a cache’s answer: on others ` +
        'a transaction per row is slower by far.',
    );
  }
  return warnings;
}
