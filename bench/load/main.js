/** The load: all clients of a run in one process, under the bench's commands. */
import { setTimeout as delay } from 'node:timers/promises';
import { DEFAULT_TRACKED_PAIRS } from '@tickwire/protocol';
import { serveCalls } from '../child.js';
import { machineMicros } from '../clock.js';
import { NOTHING } from '../messages.js';
import { microsSinceStamp } from '../stamp.js';
import { Client } from './client.js';
import { PriceReader } from './price-reader.js';
import { Tally } from './tally.js';

/** More at once would measure the queue for `accept`, fewer the way there and back. */
const MAX_CONNECTING = 64;
const POLL_MS = 10;

const reader = new PriceReader(DEFAULT_TRACKED_PAIRS);
let tally = new Tally(0, DEFAULT_TRACKED_PAIRS.length);
let epochOffsetUs = 0;
let closedClients = 0;
let messages = 0;
let messageBytes = 0;
let startedAtUs = 0;
let cpuAtStart = process.cpuUsage();

/** @type {import('../messages.js').LoadMethods} */
const methods = {
  async connect(options) {
    epochOffsetUs = options.epochOffsetUs;
    tally = new Tally(options.clients, DEFAULT_TRACKED_PAIRS.length);
    startClocks();
    await connectAll(options);
    const { cpuUs, wallUs } = readClocks();
    return { seconds: wallUs / 1_000_000, busy: cpuUs / wallUs };
  },
  begin() {
    tally.begin();
    messages = 0;
    messageBytes = 0;
    startClocks();
    return Promise.resolve(NOTHING);
  },
  async collect({ expectedPerClient, graceMs }) {
    const deadlineUs = machineMicros() + graceMs * 1_000;
    while (!tally.isComplete(expectedPerClient) && machineMicros() < deadlineUs) {
      await delay(POLL_MS);
    }
    return {
      ...readClocks(),
      ...tally.summary(expectedPerClient),
      messageBytes: messages === 0 ? 0 : messageBytes / messages,
      closedClients,
    };
  },
};
serveCalls(methods);

/**
 * Rejects when a client is refused or lost before all are there.
 * @param {import('../messages.js').ConnectOptions} options
 */
function connectAll({ port, clients }) {
  return new Promise((resolve, reject) => {
    let opened = 0;
    let ready = 0;
    const openNext = () => {
      if (opened < clients) {
        const index = opened;
        opened += 1;
        new Client(port, {
          onReady: () => {
            ready += 1;
            openNext();
            if (ready === clients) {
              resolve(undefined);
            }
          },
          onMessage: (bytes, from, to) => {
            receive(index, bytes, from, to);
          },
          onClosed: (reason) => {
            closedClients += 1;
            reject(new Error(`Client ${index + 1} of ${clients}: ${reason}`));
          },
        }).open();
      }
    };
    for (let place = 0; place < MAX_CONNECTING; place += 1) {
      openNext();
    }
  });
}

/**
 * @param {number} client
 * @param {import('node:buffer').Buffer} bytes
 * @param {number} from
 * @param {number} to
 */
function receive(client, bytes, from, to) {
  if (reader.read(bytes, from, to)) {
    const latencyUs = microsSinceStamp(bytes, reader.stampAt, machineMicros() + epochOffsetUs);
    tally.note(client, reader.instrument, reader.seq, latencyUs);
    messages += 1;
    messageBytes += to - from;
  }
}

function startClocks() {
  startedAtUs = machineMicros();
  cpuAtStart = process.cpuUsage();
}

function readClocks() {
  const { user, system } = process.cpuUsage(cpuAtStart);
  return { cpuUs: user + system, wallUs: machineMicros() - startedAtUs };
}
