import { readFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';

/** The browser examples, which the build puts beside the code (scripts/ensure-built.js). */
const PAGES_URL = new URL('../../dist/pages/', import.meta.url);

/** Where every port serves each of them: FX prices, and candles. */
const PAGES = { '/': 'index.html', '/candles': 'candles.html' } as const;

/** Adds the demonstration pages; rejects where the build has not put them there. */
export async function addPages(app: FastifyInstance): Promise<void> {
  for (const [path, file] of Object.entries(PAGES)) {
    const page = await readFile(new URL(file, PAGES_URL), 'utf8');
    app.get(path, (_, reply) => reply.type('text/html; charset=utf-8').send(page));
  }
}
