import { findMachineWarnings } from './machine-warnings.js';

const MAX_LOAD_BUSY = 0.8;
const MAX_TRUSTED_CLIENTS = 250;

/**
 * What keeps the figures from meaning what they seem to, one sentence each.
 * @param {readonly import('./round.js').RoundResult[]} rounds
 * @param {import('./options.js').Options} options
 * @param {{ machine: { loadAverage: number }, cores: import('./machine.js').Cores }} where
 * @returns {string[]}
 */
export function findWarnings(rounds, { clients, rounds: roundCount }, { machine, cores }) {
  const warnings = findMachineWarnings({ rounds: roundCount, machine, cores });
  if (clients > MAX_TRUSTED_CLIENTS) {
    warnings.push(
      `${clients} clients: above some ${MAX_TRUSTED_CLIENTS} busy connections a load process in ` +
        'Node adds its own delay; take latency from a faster one.',
    );
  }
  return [...warnings, ...new Set(rounds.flatMap(roundWarnings))];
}

/** @param {import('./round.js').RoundResult} round */
function roundWarnings({ peer, phases, connectLoadBusy, warmUpLost }) {
  const warnings = [];
  if (warmUpLost > 0) {
    warnings.push(`${peer}, warm-up: LOSS of ${warmUpLost} messages in a round.`);
  }
  if (connectLoadBusy > MAX_LOAD_BUSY) {
    warnings.push(`${peer}, connect: the load process was busy; connects/s may be its limit.`);
  }
  for (const [name, phase] of Object.entries(phases)) {
    const where = `${peer}, ${name}`;
    if (phase.lost > 0) {
      warnings.push(
        `${where}: LOSS of ${phase.lost} of ${phase.expected} messages in a round, at ` +
          `${phase.clientsWithLoss} clients (${phase.closedClients} connections closed).`,
      );
    }
    if (phase.repeated > 0) {
      warnings.push(`${where}: ${phase.repeated} messages came twice or out of order in a round.`);
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
  return warnings;
}
