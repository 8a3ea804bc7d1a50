import { StoreError, toError } from '../domain/errors.ts';
import type { SqlSession } from '../ports/sql.ts';

/**
 * Runs `work` between `BEGIN` and `COMMIT` on a session that has nothing else to do. A statement
 * that failed is a transaction that failed, also where `work` has made nothing of it: PostgreSQL
 * answers such a `COMMIT` with a rollback and no error. `onLost` is told when it is not known in
 * what state the session is left.
 */
export async function inTransaction<T>(
  session: SqlSession,
  work: (session: SqlSession) => Promise<T>,
  onLost: () => void,
): Promise<T> {
  let failure: Error | undefined;
  const watched: SqlSession = {
    query: async (text, parameters) => {
      try {
        return await session.query(text, parameters);
      } catch (error) {
        failure ??= toError(error);
        throw error;
      }
    },
  };
  try {
    await watched.query('BEGIN');
    const result = await work(watched);
    if (failure !== undefined) {
      throw failure;
    }
    await watched.query('COMMIT');
    return result;
  } catch (error) {
    if (isUnanswered(failure)) {
      // The session may still be busy with that statement: there is no use in asking more of it.
      onLost();
    } else {
      await session.query('ROLLBACK').catch(onLost);
    }
    throw error;
  }
}

function isUnanswered(failure: Error | undefined): boolean {
  return failure instanceof StoreError && failure.sqlState === undefined;
}
