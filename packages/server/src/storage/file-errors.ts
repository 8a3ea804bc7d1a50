/** Whether an error says that a file is not there. */
export function isNotFound(error: unknown): boolean {
  return codeOf(error) === 'ENOENT';
}

/** Whether an error says that a file is there already. */
export function isTaken(error: unknown): boolean {
  return codeOf(error) === 'EEXIST';
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
