import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, loadavg, totalmem } from 'node:os';

/**
 * Where what is measured runs, and what works for it or against it; undefined leaves it to the
 * system.
 * @typedef {object} Cores
 * @property {number | undefined} server
 * @property {number | undefined} load
 * @property {readonly number[]} loads All that `load` may be shared among; none is the server's.
 */

/** The machine, as far as it explains figures. */
export function describeMachine() {
  const [cpu] = cpus();
  return {
    cpuModel: cpu?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    loadAverage: loadavg()[0] ?? 0,
  };
}

/**
 * The version of an installed package.
 * @param {string} name
 */
export function readVersion(name) {
  /** @type {{ version: string }} */
  const { version } = createRequire(import.meta.url)(`${name}/package.json`);
  return version;
}

/**
 * Two different cores that this process may use, or none where `taskset` is missing or the machine
 * has only one: server and load would take each other's time.
 * @returns {Cores}
 */
export function chooseCores() {
  const allowed = allowedCores();
  const [server] = allowed;
  const load = allowed.at(-1);
  return server === load || !hasTaskset()
    ? { server: undefined, load: undefined, loads: [] }
    : { server, load, loads: allowed.slice(1) };
}

/** The kernel's list, such as `0-3,6`; empty on other systems. */
function allowedCores() {
  let status = '';
  try {
    status = readFileSync('/proc/self/status', 'utf8');
  } catch {
    // Not Linux: nothing can be pinned.
  }
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? '';
  return list
    .split(',')
    .filter((range) => range !== '')
    .flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
}

function hasTaskset() {
  return spawnSync('taskset', ['--version'], { stdio: 'ignore' }).status === 0;
}
