import { Histogram } from './load/histogram.js';

/** @typedef {import('./messages.js').Collected} Collected */

/**
 * What all load processes together have seen.
 * @param {readonly Collected[]} parts
 */
export function mergeCollected(parts) {
  const latencies = new Histogram();
  for (const part of parts) {
    latencies.merge(part.latencies);
  }
  /** @param {(part: Collected) => number} read */
  const sum = (read) => parts.reduce((total, part) => total + read(part), 0);
  const delivered = sum((part) => part.delivered);
  return {
    expected: sum((part) => part.expected),
    delivered,
    lost: sum((part) => part.lost),
    clientsWithLoss: sum((part) => part.clientsWithLoss),
    missingNumbers: sum((part) => part.missingNumbers),
    repeated: sum((part) => part.repeated),
    closedClients: sum((part) => part.closedClients),
    messageBytes: sum((part) => part.messageBytes * part.delivered) / Math.max(1, delivered),
    loadUs: sum((part) => part.cpuUs),
    loadBusy: Math.max(...parts.map((part) => part.cpuUs / part.wallUs)),
    wallUs: Math.max(...parts.map((part) => part.wallUs)),
    lastAtUs: Math.max(...parts.map((part) => part.lastAtUs)),
    p50Ms: latencies.quantile(0.5) / 1_000,
    p99Ms: latencies.quantile(0.99) / 1_000,
    maxMs: latencies.max / 1_000,
  };
}
