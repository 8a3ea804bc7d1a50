import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from './flags.js';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/** Where the results of every bench go unless a flag says otherwise. */
export const DEFAULT_OUTPUT = fileURLToPath(new URL('results', import.meta.url));

/**
 * A bench as a command.
 * @template {{ output: string }} Options
 * @template {{ date: string }} Result
 * @typedef {object} Command
 * @property {string} name Of the bench, with which the files of its result begin.
 * @property {string} help
 * @property {(args: readonly string[]) => Options | 'help'} parseOptions Throws a UsageError.
 * @property {(options: Options) => Promise<Result>} run
 * @property {(result: Result) => string} formatReport
 * @property {(result: Result, name: string) => Record<string, string>} [formatFiles]
 *   What is kept beside the JSON, by ending, under the same name.
 * @property {(result: Result) => boolean} hasFailed Whether what was measured did wrong.
 */

/**
 * Runs a bench: its report goes to standard output, its result into files. Resolves with the exit
 * code.
 * @template {{ output: string }} Options
 * @template {{ date: string }} Result
 * @param {readonly string[]} args
 * @param {Command<Options, Result>} command
 */
export async function runCommand(args, command) {
  const { name, help, parseOptions, run, formatReport, formatFiles, hasFailed } = command;
  try {
    const options = parseOptions(args);
    if (options === 'help') {
      process.stdout.write(help);
      return 0;
    }
    const result = await run(options);
    process.stdout.write(formatReport(result));
    const file = `${name}-${result.date.replaceAll(':', '').slice(0, 17)}Z`;
    const json = `${JSON.stringify(result, undefined, 2)}\n`;
    const kept = keep(options.output, file, { json, ...formatFiles?.(result, file) });
    process.stdout.write(`\nKept in ${kept.join(', ')}\n`);
    return hasFailed(result) ? EXIT_FAILED : 0;
  } catch (error) {
    const isUsage = error instanceof UsageError;
    const text = error instanceof Error ? (isUsage ? error.message : error.stack) : String(error);
    process.stderr.write(`${text ?? 'failed'}\n${isUsage ? '\n' + help : ''}`);
    return isUsage ? EXIT_USAGE : EXIT_FAILED;
  }
}

/**
 * @param {string} directory
 * @param {string} name
 * @param {Record<string, string>} contents By ending.
 */
function keep(directory, name, contents) {
  mkdirSync(directory, { recursive: true });
  return Object.entries(contents).map(([ending, content]) => {
    const file = join(directory, `${name}.${ending}`);
    writeFileSync(file, content);
    return file;
  });
}
