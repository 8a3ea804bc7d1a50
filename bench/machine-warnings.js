import { MIN_ROUNDS } from './flags.js';

const MAX_LOAD_AVERAGE = 0.5;

/**
 * What the machine and the number of rounds take from any figures, one sentence each.
 * @param {object} run
 * @param {number} run.rounds
 * @param {{ loadAverage: number }} run.machine
 * @param {import('./machine.js').Cores} run.cores
 * @returns {string[]}
 */
export function findMachineWarnings({ rounds, machine, cores }) {
  const warnings = [];
  if (rounds < MIN_ROUNDS) {
    warnings.push(`${rounds} round(s): medians need at least ${MIN_ROUNDS}.`);
  }
  if (cores.server === undefined) {
    warnings.push('The processes could not be given a core each: they took each other’s time.');
  }
  if (machine.loadAverage > MAX_LOAD_AVERAGE) {
    const average = machine.loadAverage.toFixed(2);
    warnings.push(`The machine was busy before the run (load average ${average}): expect noise.`);
  }
  return warnings;
}
