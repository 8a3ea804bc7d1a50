import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { OpenApi } from '../support/openapi.ts';
import { createFullWorld, startRest } from '../support/rest-world.ts';

describe('the OpenAPI document', () => {
  test('describes every route with what it takes and answers', async () => {
    const { get } = await startRest(createFullWorld());
    const response = await get('/openapi.json');
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const document = (await response.json()) as OpenApi;
    expect(document.openapi).toBe('3.1.0');
    for (const [path, { get: operation }] of Object.entries(document.paths)) {
      expect(operation.summary, path).toBeTruthy();
      expect(operation.tags, path).toHaveLength(1);
      const placeholders = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name);
      const inPath = operation.parameters?.filter(({ in: place }) => place === 'path') ?? [];
      expect(inPath.map(({ name }) => name)).toEqual(placeholders);
    }
    const candles = document.paths['/api/v1/candles/{instrument}']?.get;
    expect(Object.keys(candles?.responses['200']?.content ?? {})).toEqual([
      'application/json',
      'text/csv',
    ]);
    expect(candles?.parameters?.find(({ name }) => name === 'limit')?.schema).toMatchObject({
      type: 'integer',
      minimum: 1,
      maximum: 5_000,
      default: 24,
    });
    expect(candles?.parameters?.filter(({ required }) => required).map(({ name }) => name)).toEqual(
      ['instrument'],
    );
    expect(Object.keys(document.components.schemas)).toContain('Problem');
    const references = JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g);
    for (const [, name = ''] of references) {
      expect(document.components.schemas).toHaveProperty(name);
    }
  });

  test('has the routes that docs/rest.md has, and info names', async () => {
    const { get } = await startRest(createFullWorld());
    const { paths } = (await (await get('/openapi.json')).json()) as OpenApi;
    const text = readFileSync(new URL('../../../../docs/rest.md', import.meta.url), 'utf8');
    const documented = [...text.matchAll(/^\| `GET (\/api\/[^`?]*)/gm)].map(([, path]) => path);
    expect(documented.sort()).toEqual(Object.keys(paths).sort());
    const { endpoints } = (await (await get('/api/v1/info')).json()) as {
      endpoints: Record<string, string>;
    };
    const named = Object.values(endpoints).map((endpoint) => endpoint.split('?')[0]);
    const missing = Object.keys(paths).filter((path) => !named.includes(path));
    expect(missing).toEqual(['/api/v1/live/health']);
  });
});

test('the page of the document needs nothing from elsewhere', async () => {
  const { get, url } = await startRest(createFullWorld());
  const page = await get('/docs');
  expect(page.status).toBe(200);
  const html = await page.text();
  const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link = '']) => link);
  expect(links.length).toBeGreaterThan(3);
  for (const link of links) {
    const address = new URL(link, page.url);
    expect(address.origin).toBe(new URL(url).origin);
    expect([link, (await fetch(address)).status]).toEqual([link, 200]);
  }
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'self'");
  expect(policy).not.toMatch(/https?:|upgrade-insecure-requests/);
});
