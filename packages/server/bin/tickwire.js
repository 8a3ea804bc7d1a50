#!/usr/bin/env node
import { existsSync } from 'node:fs';

// Only a checkout has sources to build; an installed package brings its dist.
const build = new URL('../../../scripts/ensure-built.js', import.meta.url);
if (existsSync(build)) {
  await import(build.href);
}
await import('../dist/cli/main.js');
