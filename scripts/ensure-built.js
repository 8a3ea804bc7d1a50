/**
 * Builds the workspace when a source is newer than the last build, and returns at once when none
 * is: a second start pays for a few dozen `stat` calls, not for a compiler.
 */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
/** The server serves the browser examples, also where only its package is installed. */
const pages = join('examples', 'browser');
const stamp = join(root, 'node_modules', '.cache', 'tickwire-built');

/**
 * Directories count too: their time changes when a file is removed.
 * @param {string} path
 * @returns {number}
 */
function newestChange(path) {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) {
    return 0;
  }
  if (!status.isDirectory()) {
    return status.mtimeMs;
  }
  const entries = readdirSync(path).map((entry) => newestChange(join(path, entry)));
  return Math.max(status.mtimeMs, ...entries);
}

/** @param {readonly string[]} packages */
function isBuilt(packages) {
  const built = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const inputs = [pages, 'tsconfig.base.json', 'tsconfig.build.json', 'package-lock.json'].concat(
    packages.flatMap((name) => [join(name, 'src'), join(name, 'tsconfig.json')]),
  );
  return (
    packages.every((name) => statSync(join(root, name, 'dist'), { throwIfNoEntry: false })) &&
    inputs.every((input) => newestChange(join(root, input)) <= built)
  );
}

const packages = readdirSync(join(root, 'packages'))
  .map((name) => join('packages', name))
  .filter((name) => statSync(join(root, name, 'tsconfig.json'), { throwIfNoEntry: false }));

if (!isBuilt(packages)) {
  const startedAt = new Date();
  rmSync(stamp, { force: true });
  process.stderr.write('Building Tickwire …\n');
  // What was built from a source that is gone must not stay.
  for (const name of packages) {
    rmSync(join(root, name, 'dist'), { recursive: true, force: true });
  }
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const build = spawnSync(process.execPath, [compiler, '--build', 'tsconfig.build.json'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (build.status !== 0) {
    process.exit(build.status ?? 1);
  }
  const served = join(root, 'packages', 'server', 'dist', 'pages');
  cpSync(join(root, pages), served, { recursive: true });
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, '');
  // What was edited while the compiler ran is newer than this and builds again.
  utimesSync(stamp, startedAt, startedAt);
}
