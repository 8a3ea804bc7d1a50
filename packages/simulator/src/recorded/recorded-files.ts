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
 * What the files and folders hold, in the order of their names. A file that is not known is passed
 * over and told to `log`, and so is what cannot be read within a folder. Rejects if a path itself
 * does not exist or cannot be read, or if nothing at all is known.
 */
export async function readRecordedFiles(
  paths: readonly string[],
  log: (line: string) => void,
): Promise<readonly RecordedPart[]> {
  return readFilesBy(paths, log, (text, name) =>
    text.trimStart().startsWith('{') ? readJson(text, name) : readCsv(text, name),
  );
}

/** The paths exist, but hold nothing that the venue knows; what another knows may be there. */
export class NoRecordedDataError extends Error {
  constructor(paths: readonly string[]) {
    super(`Expected recorded data in ${paths.join(', ')}, found none that is known`);
    this.name = 'NoRecordedDataError';
  }
}

/**
 * What `read` makes of the text of each file, which it gets with the file's name; undefined is a
 * file that it does not know. Rejects as {@link readRecordedFiles} does.
 */
export async function readFilesBy<Part>(
  paths: readonly string[],
  log: (line: string) => void,
  read: (text: string, fileName: string) => Part | undefined,
): Promise<readonly Part[]> {
  const parts: Part[] = [];
  for (const path of paths) {
    for (const file of await filesAt(path, log)) {
      let text: string | undefined;
      try {
        text = await readText(file);
      } catch (error) {
        // Whoever names a file wants that one; in a folder it is one of many.
        if (file === path) {
          throw error;
        }
        log(`Ignored ${file}: ${String(error)}`);
        continue;
      }
      const part = text === undefined ? undefined : read(text, basename(file));
      if (part === undefined) {
        log(`Ignored ${file}: not recorded data of a kind that is known`);
      } else {
        parts.push(part);
      }
    }
  }
  if (parts.length === 0) {
    throw new NoRecordedDataError(paths);
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
      try {
        found.push(...(await filesUnder(path, searched, log)));
      } catch (error) {
        log(`Ignored ${path}: ${String(error)}`);
      }
    } else if (status?.isFile() === true) {
      found.push(path);
    } else {
      log(`Ignored ${path}: neither a file nor a folder`);
    }
  }
  return found;
}

/** Undefined of what is too large or no text. */
async function readText(file: string): Promise<string | undefined> {
  const { size } = await stat(file);
  const bytes = size > MAX_FILE_BYTES ? undefined : await unpacked(await readFile(file));
  if (bytes === undefined || bytes.includes(0)) {
    return undefined;
  }
  return bytes.toString('utf8').replace(BYTE_ORDER_MARK, '');
}

/** The bytes of a file, unpacked if they are gzip's; undefined if they are but cannot be. */
async function unpacked(bytes: Buffer): Promise<Buffer | undefined> {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  // A broken archive is one more file that is not known: the caller says so in the log.
  const options = { maxOutputLength: MAX_FILE_BYTES };
  return isGzip ? unpack(bytes, options).catch(() => undefined) : bytes;
}
