/**
 * The head of a report on a store: where and with what it was made.
 * @param {object} result
 * @param {ReturnType<typeof import('../machine.js').describeMachine>} result.machine
 * @param {import('../machine.js').Cores} result.cores
 * @param {{ isMemory: boolean, syncMs: number }} result.disk
 * @param {Readonly<Record<string, string>>} result.versions
 * @returns {string[]}
 */
export function formatHead({ machine, cores, disk, versions }) {
  const pinned =
    cores.server === undefined
      ? 'not pinned'
      : `on core ${cores.server}, PostgreSQL on core ${cores.load ?? 'any'}, PGlite on all`;
  return [
    `machine   ${machine.cpuModel}, ${machine.cores} cores, ${machine.memoryGib} GiB, ` +
      `${machine.platform}; ${pinned}`,
    `disk      ${disk.isMemory ? 'none (tmpfs)' : `a page is safe after ${disk.syncMs.toFixed(3)} ms`}`,
    ...Object.entries(versions).map(
      ([name, version], index) => `${index === 0 ? 'versions' : ''.padEnd(8)}  ${name}: ${version}`,
    ),
  ];
}
