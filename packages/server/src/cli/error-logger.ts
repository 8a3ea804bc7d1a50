import { toError } from '../domain/errors.ts';
import type { Logger } from '../ports/logger.ts';

/** The log of a command, whose output is its result: warnings and errors, on standard error. */
export function createErrorLogger(): Logger {
  const quiet = (): void => {
    // What goes well shows in the result.
  };
  const loud = (fields: object, message: string): void => {
    const reason = 'err' in fields ? `: ${toError(fields.err).message}` : '';
    process.stderr.write(`tickwire: ${message}${reason}\n`);
  };
  return { debug: quiet, info: quiet, warn: loud, error: loud, child: createErrorLogger };
}
