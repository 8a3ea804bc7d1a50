import { afterAll, beforeAll, describe, test } from 'vitest';
import {
  type PrivatePostgres,
  postgresBinaries,
  startPrivatePostgres,
} from './private-postgres.ts';
import { hasRedis } from './redis.ts';

/**
 * Describes processes that share a PostgreSQL and a Redis; where either is not installed it is
 * skipped, and says so.
 */
export function describeCluster(
  title: string,
  define: (createDatabase: PrivatePostgres['createDatabase']) => void,
): void {
  if (!hasRedis || postgresBinaries === undefined) {
    test.skip(`${title} (skipped: needs redis-server and PostgreSQL's programs)`, () => undefined);
    return;
  }
  describe(title, () => {
    let postgres: PrivatePostgres;

    beforeAll(async () => {
      postgres = await startPrivatePostgres();
    });

    afterAll(async () => {
      await postgres.close();
    });

    define(() => postgres.createDatabase());
  });
}
