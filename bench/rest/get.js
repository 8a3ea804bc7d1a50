import { get as request } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/**
 * Asks once.
 * @param {string} url
 */
export async function get(url) {
  const [response] = /** @type {[import('node:http').IncomingMessage]} */ (
    await once(request(url), 'response')
  );
  return {
    status: response.statusCode ?? 0,
    type: response.headers['content-type'] ?? '',
    body: await text(response),
  };
}
