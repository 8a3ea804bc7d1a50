import { NOTHING, serveCalls } from '../../child.js';
import { Publisher } from './publisher.js';
import { subscribeToRedis } from './redis.js';

/**
 * A server to be measured.
 * @typedef {object} Peer
 * @property {(options: import('../messages.js').StartOptions) => Promise<number>} start
 *   Resolves with the port.
 * @property {(message: import('./publisher.js').PriceUpdate) => void} publish
 * @property {boolean} [readsRedis] Whether it subscribes to Redis itself.
 */

/**
 * Runs a peer under the bench's commands: the same for every peer, the publisher included.
 * @param {Peer} peer
 */
export function servePeer(peer) {
  /** @type {Publisher | undefined} */
  let publisher;
  let cpuAtStart = process.cpuUsage();

  /** @type {import('../messages.js').PeerMethods} */
  const methods = {
    async start(options) {
      publisher = new Publisher(options.epochOffsetUs, (burst) => {
        for (const message of burst) {
          peer.publish(message);
        }
      });
      const port = await peer.start(options);
      if (options.redisUrl !== undefined && peer.readsRedis !== true) {
        await subscribeToRedis(options.redisUrl, (message) => {
          peer.publish(message);
        });
      }
      return { port };
    },
    memory() {
      if (globalThis.gc === undefined) {
        throw new Error('Expected to run with --expose-gc');
      }
      void globalThis.gc();
      return Promise.resolve({ rssBytes: process.memoryUsage.rss() });
    },
    async publish(plan) {
      if (publisher === undefined) {
        throw new Error('Expected start before publish');
      }
      return publisher.run(plan);
    },
    beginCpu() {
      cpuAtStart = process.cpuUsage();
      return Promise.resolve(NOTHING);
    },
    cpu() {
      const { user, system } = process.cpuUsage(cpuAtStart);
      return Promise.resolve({ cpuUs: user + system });
    },
  };
  serveCalls(methods);
}
