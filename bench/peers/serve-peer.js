import { serveCalls } from '../child.js';
import { Publisher } from './publisher.js';

/**
 * A server to be measured.
 * @typedef {object} Peer
 * @property {(maxClients: number) => Promise<number>} start Resolves with the port.
 * @property {(message: import('./publisher.js').PriceUpdate) => void} publish
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
    async start({ maxClients, epochOffsetUs }) {
      publisher = new Publisher(epochOffsetUs, (message) => {
        peer.publish(message);
      });
      return { port: await peer.start(maxClients) };
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
      cpuAtStart = process.cpuUsage();
      return publisher.run(plan);
    },
    cpu() {
      const { user, system } = process.cpuUsage(cpuAtStart);
      return Promise.resolve({ cpuUs: user + system });
    },
  };
  serveCalls(methods);
}
