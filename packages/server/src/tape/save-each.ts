import { StoreError, toError } from '../domain/errors.ts';

/**
 * Saves records together. One that the store refuses for what it is, is found by halves, so that it
 * is lost alone; every other failure rejects, and the same records MAY be saved again.
 */
export async function saveEach<T>(
  records: readonly T[],
  save: (records: readonly T[]) => Promise<unknown>,
  onRefused: (record: T, error: Error) => void,
): Promise<void> {
  const [first] = records;
  if (first === undefined) {
    return;
  }
  try {
    await save(records);
  } catch (error) {
    if (error instanceof StoreError && error.code !== 'STORE_QUERY_FAILED') {
      throw error;
    }
    if (records.length === 1) {
      onRefused(first, toError(error));
      return;
    }
    const half = Math.ceil(records.length / 2);
    await saveEach(records.slice(0, half), save, onRefused);
    await saveEach(records.slice(half), save, onRefused);
  }
}
