import { fileURLToPath } from 'node:url';
import { Child, NOTHING } from '../child.js';
import { machineMicros } from './clock.js';
import { Crowd } from './crowd.js';
import { searchMax } from './max-search.js';
import { BURST_SIZE, MAX_PHASE, PHASES, planPhase, planWarmUp } from './phases.js';
import { SUBJECT_SCRIPTS } from './subjects.js';

/** How long a message may be on its way after the last one was published. */
const GRACE_MS = 5_000;
/** What the search for the highest rate begins with, and where it gives up. */
const FIRST_DELIVERIES_PER_SECOND = 200_000;
const FEWEST_DELIVERIES_PER_SECOND = 10_000;
const MOST_DELIVERIES_PER_SECOND = 50_000_000;
const MAX_P99_MS = 1_000;
/** Who brings less of what was asked for does not keep up. */
const MIN_SHARE_OF_RATE = 0.9;
const TRIAL_MAX_SECONDS = 2;
const SOURCE_SCRIPT = fileURLToPath(new URL('peers/redis-source.js', import.meta.url));

/**
 * Which server is measured, and how.
 * @typedef {object} Case
 * @property {import('./subjects.js').SubjectName} subject
 * @property {import('./wires.js').WireName} wire
 * @property {number} clients
 */

/**
 * What one phase of a round found.
 * @typedef {object} PhaseResult
 * @property {number} serverMicrosPerDelivery
 * @property {number} deliveriesPerSecond
 *   From the first message published to the last received, but over the time planned at least.
 * @property {number} p50Ms
 * @property {number} p99Ms
 * @property {number} maxMs
 * @property {number} expected
 * @property {number} delivered
 * @property {number} lost
 * @property {number} clientsWithLoss
 * @property {number} missingNumbers
 * @property {number} repeated
 * @property {number} closedClients
 * @property {number} messageBytes
 * @property {number} loadMicrosPerDelivery
 * @property {number} loadBusy The share of the time that the busiest load process was on a processor.
 * @property {number} serverBusy
 * @property {number} maxLateMs How late the latest burst was published.
 * @property {number} periodMs The time from one burst to the next.
 */

/**
 * What one round of one server found.
 * @typedef {Case & RoundFigures} RoundResult
 * @typedef {object} RoundFigures
 * @property {number} connectsPerSecond
 * @property {number} connectLoadBusy
 * @property {number} kibPerClient
 * @property {number} kibPerClientAfter The same after all phases.
 * @property {number} warmUpLost Messages lost before the first phase.
 * @property {Record<string, PhaseResult>} phases
 * @property {PhaseResult | null} max The best sound trial; null where there was none, or none asked.
 * @property {readonly MaxTrial[]} maxTrials All of them, as they were made.
 */

/** @typedef {PhaseResult & { asked: number, isSound: boolean }} MaxTrial `asked`: deliveries/s. */

/** @typedef {Child<import('./messages.js').PeerMethods>} PeerProcess */
/** @typedef {Child<import('./messages.js').SourceMethods>} SourceProcess */

/**
 * Starts a server and its clients, measures all phases and ends both: every round has processes of
 * its own, so that none inherits what another has compiled, allocated or lost.
 * @param {Case} measured
 * @param {import('./options.js').Options} options
 * @param {import('../machine.js').Cores} cores
 * @returns {Promise<RoundResult>}
 */
export async function runRound(measured, options, cores) {
  const { subject, wire, clients } = measured;
  const { redisUrl } = options;
  /** @type {PeerProcess} */
  const server = new Child(SUBJECT_SCRIPTS[subject], {
    core: cores.server,
    nodeOptions: ['--expose-gc'],
  });
  /** @type {SourceProcess | undefined} */
  const source =
    redisUrl === undefined ? undefined : new Child(SOURCE_SCRIPT, { core: cores.load });
  const crowd = new Crowd(cores);
  try {
    const epochOffsetUs = Date.now() * 1_000 - machineMicros();
    const where = { epochOffsetUs, redisUrl };
    const { port } = await server.call('start', { ...where, wire, maxClients: clients });
    await source?.call('open', where);
    const before = await server.call('memory', NOTHING);
    const connected = await crowd.connect({
      ...measured,
      port,
      pairs: options.pairs,
      epochOffsetUs,
    });
    const after = await server.call('memory', NOTHING);
    const parts = { server, source: source ?? server, crowd };
    /** @param {number} rssBytes */
    const perClient = (rssBytes) => (rssBytes - before.rssBytes) / 1_024 / clients;
    const phases = await measurePhases(parts, clients, options);
    return {
      ...measured,
      connectsPerSecond: clients / connected.seconds,
      connectLoadBusy: connected.busy,
      kibPerClient: perClient(after.rssBytes),
      kibPerClientAfter: perClient((await server.call('memory', NOTHING)).rssBytes),
      ...phases,
      ...(options.phases.includes(MAX_PHASE)
        ? await measureMax(parts, clients, options)
        : { max: null, maxTrials: [] }),
    };
  } finally {
    await Promise.all([server.close(), source?.close(), crowd.close()]);
  }
}

/**
 * @param {Parts} parts
 * @param {number} clients
 * @param {import('./options.js').Options} options
 */
async function measurePhases(parts, clients, { seconds, phases }) {
  let warmUpLost = 0;
  for (const plan of planWarmUp(seconds, clients)) {
    warmUpLost += (await measure(parts, plan)).lost;
  }
  /** @type {Record<string, PhaseResult>} */
  const results = {};
  for (const phase of PHASES.filter(({ name }) => phases.includes(name))) {
    results[phase.name] = await measure(parts, planPhase(phase, seconds, clients));
  }
  return { warmUpLost, phases: results };
}

/**
 * @param {Parts} parts
 * @param {number} clients
 * @param {import('./options.js').Options} options
 * @returns {Promise<Pick<RoundFigures, 'max' | 'maxTrials'>>}
 */
async function measureMax(parts, clients, { seconds, maxPrecision, pairs }) {
  const length = Math.min(TRIAL_MAX_SECONDS, seconds);
  /** @type {MaxTrial[]} */
  const maxTrials = [];
  /** @param {number} asked */
  const attempt = async (asked) => {
    const burstsPerSecond = asked / pairs / clients;
    const bursts = Math.max(2, Math.round(burstsPerSecond * length));
    const found = await measure(parts, { perBurst: BURST_SIZE, burstsPerSecond, bursts });
    // Who was closed must not fail the trials at lower rates as well.
    await parts.crowd.reconnect();
    const isInTime = found.p99Ms + found.maxLateMs < MAX_P99_MS;
    const keepsUp = found.deliveriesPerSecond > MIN_SHARE_OF_RATE * asked;
    const isSound = found.lost === 0 && found.repeated === 0 && isInTime && keepsUp;
    const trial = { ...found, asked, isSound };
    maxTrials.push(trial);
    return trial;
  };
  const found = await searchMax(attempt, {
    start: FIRST_DELIVERIES_PER_SECOND,
    lowest: FEWEST_DELIVERIES_PER_SECOND,
    highest: MOST_DELIVERIES_PER_SECOND,
    precision: maxPrecision,
  });
  return { max: found ?? null, maxTrials };
}

/** @typedef {{ server: PeerProcess, source: PeerProcess | SourceProcess, crowd: Crowd }} Parts */

/**
 * @param {Parts} parts
 * @param {import('./phases.js').Plan} plan
 * @returns {Promise<PhaseResult>}
 */
async function measure({ server, source, crowd }, plan) {
  await crowd.begin();
  await server.call('beginCpu', NOTHING);
  const { counts, maxLateMs, startedAtUs } = await /** @type {SourceProcess} */ (source).call(
    'publish',
    plan,
  );
  const { loadUs, wallUs, lastAtUs, ...collected } = await crowd.collect(counts, GRACE_MS);
  const { cpuUs } = await server.call('cpu', NOTHING);
  const { delivered } = collected;
  const periodMs = 1_000 / plan.burstsPerSecond;
  const tookUs = Math.max(lastAtUs - startedAtUs, plan.bursts * periodMs * 1_000);
  return {
    ...collected,
    serverMicrosPerDelivery: cpuUs / Math.max(1, delivered),
    deliveriesPerSecond: (delivered / tookUs) * 1_000_000,
    loadMicrosPerDelivery: loadUs / Math.max(1, delivered),
    serverBusy: cpuUs / wallUs,
    maxLateMs,
    periodMs,
  };
}
