import { spawnSync } from 'node:child_process';

const CANDIDATES = ['python3', '/usr/bin/python3'];

/** A Python that has the modules, or undefined where there is none. */
export function findPython(...modules: readonly string[]): string | undefined {
  return CANDIDATES.find(
    (command) => spawnSync(command, ['-c', `import ${modules.join(', ')}`]).status === 0,
  );
}
