/** A load process: some of the clients of a run, or all, under the bench's commands. */
import { setTimeout as delay } from 'node:timers/promises';
import { DEFAULT_TRACKED_PAIRS } from '@tickwire/protocol';
import { NOTHING, serveCalls } from '../../child.js';
import { machineMicros } from '../clock.js';
import { Swarm } from './swarm.js';

const POLL_MS = 10;
/** When nothing has come for so long, nothing comes any more. */
const QUIET_MS = 1_500;

/** @type {Swarm | undefined} */
let swarm;
let startedAtUs = 0;
let cpuAtStart = process.cpuUsage();

/** @type {import('../messages.js').LoadMethods} */
const methods = {
  async connect(options) {
    swarm = new Swarm(options, DEFAULT_TRACKED_PAIRS);
    startClocks();
    await swarm.connect();
    const { cpuUs, wallUs } = readClocks();
    return { seconds: wallUs / 1_000_000, busy: cpuUs / wallUs };
  },
  async reconnect() {
    return { reconnected: await expectSwarm().connect() };
  },
  begin() {
    expectSwarm().begin();
    startClocks();
    return Promise.resolve(NOTHING);
  },
  async collect({ published, graceMs }) {
    const { tally, traffic } = expectSwarm();
    const beginUs = machineMicros();
    const isOver = () => {
      const nowUs = machineMicros();
      const quietUs = nowUs - Math.max(beginUs, traffic.lastAtUs);
      return quietUs > QUIET_MS * 1_000 || nowUs - beginUs > graceMs * 1_000;
    };
    while (!tally.isComplete(published) && !isOver()) {
      await delay(POLL_MS);
    }
    const counts = tally.summary(published);
    const { bytes, lastAtUs, closedClients } = traffic;
    const messageBytes = counts.delivered === 0 ? 0 : bytes / counts.delivered;
    return { ...readClocks(), ...counts, messageBytes, lastAtUs, closedClients };
  },
};
serveCalls(methods);

function expectSwarm() {
  if (swarm === undefined) {
    throw new Error('Expected connect first');
  }
  return swarm;
}

function startClocks() {
  startedAtUs = machineMicros();
  cpuAtStart = process.cpuUsage();
}

function readClocks() {
  const { user, system } = process.cpuUsage(cpuAtStart);
  return { cpuUs: user + system, wallUs: machineMicros() - startedAtUs };
}
