/**
 * The way of messages through Redis. Its client is loaded only where a Redis is named: the bench
 * needs none.
 */

const CHANNEL = 'price_updates';

/**
 * Calls back with each price that comes.
 * @param {string} url
 * @param {(message: import('./publisher.js').PriceUpdate) => void} onMessage
 */
export async function subscribeToRedis(url, onMessage) {
  const client = await connect(url);
  await client.subscribe(CHANNEL, (text) => {
    onMessage(JSON.parse(text));
  });
}

/**
 * Returns what publishes a burst in one round trip.
 * @param {string} url
 * @returns {Promise<(burst: readonly import('./publisher.js').PriceUpdate[]) => void>}
 */
export async function publishToRedis(url) {
  const client = await connect(url);
  return (burst) => {
    for (const message of burst) {
      // The client joins what is asked for in one turn of the event loop.
      client.publish(CHANNEL, JSON.stringify(message)).catch(fail);
    }
  };
}

/** @param {string} url */
async function connect(url) {
  const { createClient } = await import('redis');
  const client = createClient({ url });
  client.on('error', fail);
  await client.connect();
  return client;
}

/**
 * What is lost here would be counted as the server's loss.
 * @param {unknown} error
 */
function fail(error) {
  process.stderr.write(`Redis: ${String(error)}\n`);
  process.exit(1);
}
