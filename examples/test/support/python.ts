import { spawnSync } from 'node:child_process';

const CANDIDATES = ['python3', '/usr/bin/python3'];

/** A Python that can run the example, or undefined where none has python-socketio and aiohttp. */
export function findPython(): string | undefined {
  return CANDIDATES.find(
    (command) => spawnSync(command, ['-c', 'import socketio, aiohttp']).status === 0,
  );
}
