/** Finds the files of recorded data and reads each by what is in it. */
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, type ZlibOptions } from 'node:zlib';
import { readCsv } from './recorded-csv.ts';
import type { RecordedPart } from './recorded-data.ts';
import { readJson } from './recorded-json.ts';

const unpack: (bytes: Buffer, options: ZlibOptions) => Promise<Buffer> = promisify(gunzip);
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
    for (const file of await filesAt(path, log)) {
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

async function filesAt(path: string, log: (line: string) => void): Promise<readonly string[]> {
  const status = await stat(path).catch(() => undefined);
  if (status === undefined) {
    throw new Error(`Expected recorded data at ${path}, but there is no such file or folder`);
  }
  return status.isDirectory() ? filesUnder(path, new Set(), log) : [path];
}

/** A folder that links lead to twice, perhaps from within itself, is searched once. */
async function filesUnder(
  folder: string,
  searched: Set<string>,
  log: (line: string) => void,
): Promise<readonly string[]> {
  const place = await realpath(folder);
  if (searched.has(place)) {
    return [];
  }
  searched.add(place);
  const entries = await readdir(folder);
  const found: string[] = [];
  for (const entry of entries.sort()) {
    const path = join(folder, entry);
    const status = await stat(path).catch(() => undefined);
    if (status?.isDirectory() === true) {
      found.push(...(await filesUnder(path, searched, log)));
    } else if (status?.isFile() === true) {
      found.push(path);
    } else {
      log(`Ignored ${path}: neither a file nor a folder`);
    }
  }
  return found;
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
  const options = { maxOutputLength: MAX_FILE_BYTES };
  return isGzip ? unpack(bytes, options).catch(() => undefined) : bytes;
}
