import { readFile } from 'node:fs/promises';

const PAGE_URL = new URL('../../../../examples/browser/index.html', import.meta.url);

/** The page that shows live prices: the browser example, which every port serves at `/`. */
export async function readPage(): Promise<string> {
  return readFile(PAGE_URL, 'utf8');
}
