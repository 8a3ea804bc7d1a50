import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Systems take 104 to 108 bytes for the path of a socket. */
const MAX_PATH_BYTES = 100;
const HASH_LENGTH = 16;

/** Where the server that uses a data directory can be spoken to. */
export function controlPath(directory: string, platform: string = process.platform): string {
  const path = join(directory, 'control.sock');
  const hash = createHash('sha256').update(directory).digest('hex').slice(0, HASH_LENGTH);
  if (platform === 'win32') {
    return `\\\\.\\pipe\\tickwire-${hash}`;
  }
  return Buffer.byteLength(path) > MAX_PATH_BYTES ? join(tmpdir(), `tickwire-${hash}.sock`) : path;
}
