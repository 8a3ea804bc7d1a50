import type { RedisAddress } from '../../src/redis/connection.ts';

/** Where a Redis of a test is, or what stands before it. */
export function addressOf({ port }: { readonly port: number }): RedisAddress {
  const host = '127.0.0.1';
  return { name: `${host}:${port}`, host, port, database: 0, isEncrypted: false };
}
