import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from './flags.js';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/**
 * A bench as a command.
 * @template {{ output: string }} Options
 * @template {{ date: string }} Result
 * @typedef {object} Command
 * @property {string} name Of the bench, with which the file of its result begins.
 * @property {string} help
 * @property {(args: readonly string[]) => Options | 'help'} parseOptions Throws a UsageError.
 * @property {(options: Options) => Promise<Result>} run
 * @property {(result: Result) => string} formatReport
 * @property {(result: Result) => boolean} hasFailed Whether what was measured did wrong.
 */

/**
 * Runs a bench: its report goes to standard output, its result into a file. Resolves with the exit
 * code.
 * @template {{ output: string }} Options
 * @template {{ date: string }} Result
 * @param {readonly string[]} args
 * @param {Command<Options, Result>} command
 */
export async function runCommand(args, { name, help, parseOptions, run, formatReport, hasFailed }) {
  try {
    const options = parseOptions(args);
    if (options === 'help') {
      process.stdout.write(help);
      return 0;
    }
    const result = await run(options);
    process.stdout.write(formatReport(result));
    process.stdout.write(`\nKept in ${keep(name, result, options.output)}\n`);
    return hasFailed(result) ? EXIT_FAILED : 0;
  } catch (error) {
    const isUsage = error instanceof UsageError;
    const text = error instanceof Error ? (isUsage ? error.message : error.stack) : String(error);
    process.stderr.write(`${text ?? 'failed'}\n${isUsage ? '\n' + help : ''}`);
    return isUsage ? EXIT_USAGE : EXIT_FAILED;
  }
}

/**
 * @param {string} name
 * @param {{ date: string }} result
 * @param {string} directory
 */
function keep(name, result, directory) {
  const file = join(directory, `${name}-${result.date.replaceAll(':', '').slice(0, 17)}Z.json`);
  mkdirSync(directory, { recursive: true });
  writeFileSync(file, `${JSON.stringify(result, undefined, 2)}\n`);
  return file;
}
