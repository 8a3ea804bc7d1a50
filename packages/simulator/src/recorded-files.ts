/** Finds the files of recorded data and reads each by what is in it. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { readCsv } from './recorded-csv.ts';
import type { RecordedPart } from './recorded-data.ts';
import { readJson } from './recorded-json.ts';

const unpack = promisify(gunzip);
/** More than a recording of days; what is larger is not read into memory to find out. */
const MAX_FILE_BYTES = 256 * 1024 * 1024;
const BYTE_ORDER_MARK = /^\uFEFF/;

/**
 * What the files and folders hold, in the order of their names. A file that is not known is
 * passed over and told to `log`. Rejects if a path does not exist or nothing at all is known.
 */
export async function readRecordedFiles(
  paths: readonly string[],
  log: (line: string) => void,
): Promise<readonly RecordedPart[]> {
  const parts: RecordedPart[] = [];
  for (const path of paths) {
    for (const file of await filesUnder(path)) {
      const part = await readRecordedFile(file);
      if (part === undefined) {
        log(`Ignored ${file}: not recorded data of a kind that is known`);
      } else {
        parts.push(part);
      }
    }
  }
  if (parts.length === 0) {
    throw new Error(`Expected recorded data in ${paths.join(', ')}, found none that is known`);
  }
  return parts;
}

async function filesUnder(path: string): Promise<readonly string[]> {
  const status = await stat(path).catch(() => undefined);
  if (status === undefined) {
    throw new Error(`Expected recorded data at ${path}, but there is no such file or folder`);
  }
  if (!status.isDirectory()) {
    return [path];
  }
  const entries = await readdir(path);
  const nested: string[] = [];
  for (const entry of entries.sort()) {
    nested.push(...(await filesUnder(join(path, entry))));
  }
  return nested;
}

async function readRecordedFile(file: string): Promise<RecordedPart | undefined> {
  const { size } = await stat(file);
  const bytes = size > MAX_FILE_BYTES ? undefined : await unpacked(await readFile(file));
  if (bytes === undefined || bytes.includes(0)) {
    return undefined;
  }
  const text = bytes.toString('utf8').replace(BYTE_ORDER_MARK, '');
  const name = basename(file);
  return text.trimStart().startsWith('{') ? readJson(text, name) : readCsv(text, name);
}

/** The bytes of a file, unpacked if they are gzip's; undefined if they are but cannot be. */
async function unpacked(bytes: Buffer): Promise<Buffer | undefined> {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  // A broken archive is one more file that is not known: the caller says so in the log.
  return isGzip ? unpack(bytes).catch(() => undefined) : bytes;
}
