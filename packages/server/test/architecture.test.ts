import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const source = fileURLToPath(new URL('../src', import.meta.url));

/** What each folder may import beside itself; siblings never import siblings. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  'domain/statistics': ['domain'],
  ports: ['domain', 'domain/statistics'],
  tape: ['domain', 'ports'],
  bus: ['domain', 'ports'],
  cache: ['domain', 'ports'],
  'bus/redis': ['domain', 'ports', 'bus'],
  redis: ['domain', 'ports'],
  feeds: ['domain', 'ports'],
  'feeds/oanda': ['domain', 'ports', 'feeds'],
  'feeds/bybit': ['domain', 'ports', 'feeds'],
  jobs: ['domain', 'domain/statistics', 'ports'],
  gateways: ['domain', 'ports', 'tape'],
  api: ['domain', 'ports'],
  storage: ['domain', 'domain/statistics', 'ports', 'storage/migrations'],
  'storage/migrations': [],
  app: [
    'domain',
    'domain/statistics',
    'ports',
    'tape',
    'bus',
    'cache',
    'bus/redis',
    'redis',
    'feeds',
    'feeds/oanda',
    'feeds/bybit',
    'storage',
    'jobs',
    'gateways',
    'api',
  ],
  cli: ['domain', 'ports', 'app'],
  '.': ['app'],
};

const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.ts'),
);

function importsOf(file: string): string[] {
  const text = readFileSync(join(source, file), 'utf8');
  return [...text.matchAll(/from '([^']+)'/g)].map(([, specifier = '']) => specifier);
}

describe.each(files)('%s', (file) => {
  const folder = dirname(file);

  test('imports only what its folder may', () => {
    const foreign = importsOf(file)
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => dirname(relative(source, resolve(join(source, folder), specifier))))
      .filter((target) => target !== folder && !ALLOWED[folder]?.includes(target));
    expect(foreign).toEqual([]);
  });

  test('leaves the process, its signals and its environment to app and cli', () => {
    const text = readFileSync(join(source, file), 'utf8');
    const isFree = ['app', 'cli'].includes(folder);
    expect(isFree || !/process\.(env|exit|on)\b/.test(text)).toBe(true);
  });

  test('has at most 300 lines', () => {
    expect(readFileSync(join(source, file), 'utf8').split('\n').length).toBeLessThanOrEqual(301);
  });
});

test('the domain is pure: it imports nothing but itself and the protocol', () => {
  const imports = files.filter((file) => file.startsWith('domain/')).flatMap(importsOf);
  // Where what begins with a dot may lead is tested above.
  expect(imports.filter((name) => !name.startsWith('.') && name !== '@tickwire/protocol')).toEqual(
    [],
  );
});
