import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import type { Environment } from '../app/variables.ts';
import { ConfigError, toError } from '../domain/errors.ts';

/** The variables of the process over those of `.env` in the working directory, if there is one. */
export function readEnvironment(): Environment {
  return { ...readDotEnv('.env'), ...process.env };
}

function readDotEnv(path: string): Environment {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return {};
    }
    throw new ConfigError(`${path}: expected a readable file: ${toError(error).message}`, {
      cause: error,
    });
  }
  if (text.includes('\0')) {
    throw new ConfigError(`${path}: expected text in UTF-8`);
  }
  return parseEnv(text.replace(/^\uFEFF/, ''));
}
