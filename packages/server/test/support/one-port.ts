/** What makes a server listen on one free port of this machine, and on nothing else. */
export const ONE_PORT = {
  API_HOST: '127.0.0.1',
  WEBSOCKET_HOST: '127.0.0.1',
  API_PORT: 'off',
  WEBSOCKET_PORT: '0',
  LIVE_PORT: 'off',
} as const;
