import { readFile } from 'node:fs/promises';

/** The browser example, which the build puts beside the code (scripts/ensure-built.js). */
const PAGE_URL = new URL('../../dist/page.html', import.meta.url);

/** The page that shows live prices, as every port serves it at `/`. */
export async function readPage(): Promise<string> {
  return readFile(PAGE_URL, 'utf8');
}
