import { readFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';

/** The browser examples, which the build puts beside the code (scripts/ensure-built.js). */
const PAGES_URL = new URL('../../dist/pages/', import.meta.url);

/** Where every port serves FX prices, candles, and the style that both have. */
const FILES = [
  { path: '/', file: 'index.html', type: 'text/html' },
  { path: '/candles', file: 'candles.html', type: 'text/html' },
  { path: '/page.css', file: 'page.css', type: 'text/css' },
] as const;

/** Adds the demonstration pages; rejects where the build has not put them there. */
export async function addPages(app: FastifyInstance): Promise<void> {
  for (const { path, file, type } of FILES) {
    const page = await readFile(new URL(file, PAGES_URL), 'utf8');
    app.get(path, (_, reply) => reply.type(`${type}; charset=utf-8`).send(page));
  }
}
