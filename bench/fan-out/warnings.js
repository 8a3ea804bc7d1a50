import { findMachineWarnings } from '../machine-warnings.js';

const MAX_LOAD_BUSY = 0.8;

/** With fewer, the publisher and the timers are most of the processor time. */
const MIN_CLIENTS = 250;

/**
 * What keeps the figures from meaning what they seem to, one sentence each.
 * @param {readonly import('./round.js').RoundResult[]} rounds
 * @param {import('./options.js').Options} options
 * @param {object} where
 * @param {{ loadAverage: number }} where.machine
 * @param {import('../machine.js').Cores} where.cores
 * @returns {string[]}
 */
export function findWarnings(rounds, { clients, runs }, { machine, cores }) {
  const warnings = findMachineWarnings({ rounds: runs, machine, cores });
  const fewest = Math.min(...clients);
  if (fewest < MIN_CLIENTS) {
    warnings.push(
      `${fewest} clients: publisher and timers are much of the CPU, and memory per client is the ` +
        'heap’s growth.',
    );
  }
  return [...warnings, ...new Set(rounds.flatMap(roundWarnings))];
}

/** @param {import('./round.js').RoundResult} round */
function roundWarnings({ subject, wire, clients, phases, max, connectLoadBusy, warmUpLost }) {
  const warnings = [];
  const who = `${subject} (${wire}, ${clients})`;
  if (warmUpLost > 0) {
    warnings.push(`${who}, warm-up: LOSS of ${warmUpLost} messages in a run.`);
  }
  if (connectLoadBusy > MAX_LOAD_BUSY) {
    warnings.push(`${who}, connect: the load process was busy; connects/s may be its limit.`);
  }
  for (const [name, phase] of Object.entries(phases)) {
    const where = `${who}, ${name}`;
    if (phase.lost > 0) {
      warnings.push(
        `${where}: LOSS of ${phase.lost} of ${phase.expected} messages in a run, at ` +
          `${phase.clientsWithLoss} clients (${phase.closedClients} connections closed).`,
      );
    }
    if (phase.repeated > 0) {
      warnings.push(`${where}: ${phase.repeated} messages came twice or out of order in a run.`);
    }
    if (phase.loadBusy > MAX_LOAD_BUSY) {
      warnings.push(
        `${where}: the load process used more than ${MAX_LOAD_BUSY * 100} % of its core; the ` +
          'latency is the load’s, not the server’s.',
      );
    }
    if (phase.maxLateMs > phase.periodMs) {
      warnings.push(
        `${where}: a burst was published more than a period late; latency leaves that wait out.`,
      );
    }
  }
  if (max !== null && max.loadBusy > MAX_LOAD_BUSY) {
    warnings.push(
      `${who}, max: the load process was busy; the server may be able to bring more than that.`,
    );
  }
  return warnings;
}
