const BACKLOG = 4_096;

/**
 * Listens on a free port of loopback and resolves with it.
 * @param {import('node:http').Server} server
 * @returns {Promise<number>}
 */
export function listen(server) {
  return new Promise((resolve, reject) => {
    server.listen({ host: '127.0.0.1', port: 0, backlog: BACKLOG }, () => {
      const address = server.address();
      if (address === null || typeof address === 'string') {
        reject(new Error('Expected a TCP address'));
      } else {
        resolve(address.port);
      }
    });
  });
}
