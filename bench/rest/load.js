/** A process that asks one address as often as it is answered. */
import autocannon from 'autocannon';
import { serveCalls } from '../child.js';

const WARM_UP_SECONDS = 0.5;

/** @type {import('./messages.js').LoadMethods} */
const methods = {
  async measure({ url, connections, seconds }) {
    await autocannon({ url, connections, duration: WARM_UP_SECONDS });
    const result = await autocannon({ url, connections, duration: seconds });
    const { requests, latency, non2xx, errors, timeouts } = result;
    return {
      perSecond: requests.mean,
      p50Ms: latency.p50,
      p99Ms: latency.p99,
      failed: non2xx + errors + timeouts,
    };
  },
};
serveCalls(methods);
