import { fileURLToPath } from 'node:url';
import { Child } from './child.js';
import { machineMicros } from './clock.js';
import { NOTHING } from './messages.js';
import { planPhase, planWarmUp } from './phases.js';

/** How long a message may be on its way after the last one was published. */
const GRACE_MS = 5_000;
const LOAD_SCRIPT = fileURLToPath(new URL('load/main.js', import.meta.url));
const PEER_SCRIPTS = {
  tickwire: fileURLToPath(new URL('peers/tickwire.js', import.meta.url)),
  stock: fileURLToPath(new URL('peers/stock.js', import.meta.url)),
};

/** @typedef {keyof typeof PEER_SCRIPTS} PeerName */

/** The servers, in the order in which each round measures them. */
export const PEERS = /** @type {const} */ (['tickwire', 'stock']);

/**
 * What one phase of a round found.
 * @typedef {object} PhaseResult
 * @property {number} serverMicrosPerDelivery
 * @property {number} p50Ms
 * @property {number} p99Ms
 * @property {number} maxMs
 * @property {number} expected
 * @property {number} lost
 * @property {number} clientsWithLoss
 * @property {number} missingNumbers
 * @property {number} repeated
 * @property {number} closedClients
 * @property {number} messageBytes
 * @property {number} loadMicrosPerDelivery
 * @property {number} loadBusy The share of the time that the load process was on a processor.
 * @property {number} serverBusy
 * @property {number} maxLateMs How late the latest burst was published.
 * @property {number} periodMs The time from one burst to the next.
 */

/**
 * What one round of one server found.
 * @typedef {object} RoundResult
 * @property {PeerName} peer
 * @property {number} connectsPerSecond
 * @property {number} connectLoadBusy
 * @property {number} kibPerClient
 * @property {number} warmUpLost Messages lost before the first phase.
 * @property {Record<string, PhaseResult>} phases
 */

/** @typedef {Child<import('./messages.js').PeerMethods>} PeerProcess */
/** @typedef {Child<import('./messages.js').LoadMethods>} LoadProcess */

/**
 * Starts a server and its clients, measures all phases and ends both: every round is a new pair of
 * processes, so that none inherits what another has compiled, allocated or lost.
 * @param {PeerName} peer
 * @param {import('./options.js').Options} options
 * @param {import('./machine.js').Cores} cores
 * @returns {Promise<RoundResult>}
 */
export async function runRound(peer, { clients, seconds, phases }, cores) {
  /** @type {PeerProcess} */
  const server = new Child(PEER_SCRIPTS[peer], {
    core: cores.server,
    nodeOptions: ['--expose-gc'],
  });
  /** @type {LoadProcess} */
  const load = new Child(LOAD_SCRIPT, { core: cores.load });
  try {
    const epochOffsetUs = Date.now() * 1_000 - machineMicros();
    const { port } = await server.call('start', { maxClients: clients, epochOffsetUs });
    const before = await server.call('memory', NOTHING);
    const connected = await load.call('connect', { port, clients, epochOffsetUs });
    const after = await server.call('memory', NOTHING);
    let warmUpLost = 0;
    for (const plan of planWarmUp(seconds)) {
      warmUpLost += (await measure(server, load, plan)).lost;
    }
    /** @type {Record<string, PhaseResult>} */
    const results = {};
    for (const phase of phases) {
      results[phase.name] = await measure(server, load, planPhase(phase, seconds));
    }
    return {
      peer,
      connectsPerSecond: clients / connected.seconds,
      connectLoadBusy: connected.busy,
      kibPerClient: (after.rssBytes - before.rssBytes) / 1_024 / clients,
      warmUpLost,
      phases: results,
    };
  } finally {
    await Promise.all([server.close(), load.close()]);
  }
}

/**
 * @param {PeerProcess} server
 * @param {LoadProcess} load
 * @param {import('./phases.js').Plan} plan
 * @returns {Promise<PhaseResult>}
 */
async function measure(server, load, plan) {
  await load.call('begin', NOTHING);
  const { published, maxLateMs } = await server.call('publish', plan);
  const collected = await load.call('collect', {
    expectedPerClient: published,
    graceMs: GRACE_MS,
  });
  const { cpuUs } = await server.call('cpu', NOTHING);
  const { delivered, wallUs, p50Us, p99Us, maxUs } = collected;
  return {
    serverMicrosPerDelivery: cpuUs / Math.max(1, delivered),
    p50Ms: p50Us / 1_000,
    p99Ms: p99Us / 1_000,
    maxMs: maxUs / 1_000,
    expected: collected.expected,
    lost: collected.lost,
    clientsWithLoss: collected.clientsWithLoss,
    missingNumbers: collected.missingNumbers,
    repeated: collected.repeated,
    closedClients: collected.closedClients,
    messageBytes: collected.messageBytes,
    loadMicrosPerDelivery: collected.cpuUs / Math.max(1, delivered),
    loadBusy: collected.cpuUs / wallUs,
    serverBusy: cpuUs / wallUs,
    maxLateMs,
    periodMs: 1_000 / plan.burstsPerSecond,
  };
}
