import { spawnSync } from 'node:child_process';

const CANDIDATES = ['python3', '/usr/bin/python3'];

/**
 * Shows every warning, of unclosed sockets and forgotten coroutines too. Not `-X dev`: its asyncio
 * also complains of every step that a busy machine made longer than 100 ms.
 */
export const PYTHON_WARNINGS = ['-B', '-W', 'default'];

/** A Python that has the modules, or undefined where there is none. */
export function findPython(...modules: readonly string[]): string | undefined {
  return CANDIDATES.find(
    (command) => spawnSync(command, ['-c', `import ${modules.join(', ')}`]).status === 0,
  );
}
