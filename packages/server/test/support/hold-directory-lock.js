/**
 * Takes the lock of a directory (the first argument) and says `held`, or says the code of the error
 * and ends; holds it until it is killed, or until its input ends: then it gives the lock back.
 */
import { DirectoryLock } from '../../dist/storage/directory-lock.js';
import { systemClock } from '../../dist/app/clock.js';

try {
  const lock = await DirectoryLock.acquire(process.argv[2] ?? '', systemClock);
  process.stdout.write('held\n');
  process.stdin.resume();
  process.stdin.on('end', () => {
    void lock.release();
  });
} catch (error) {
  process.stdout.write(`${error instanceof Error && 'code' in error ? error.code : error}\n`);
}
