import { spawn } from 'node:child_process';
import { clearTimeout, setTimeout } from 'node:timers';

const CALL_TIMEOUT_MS = 120_000;
const EXIT_TIMEOUT_MS = 5_000;

/** @typedef {Record<string, never>} Nothing */

/**
 * The parameters of a call that has none.
 * @type {Nothing}
 */
export const NOTHING = {};

/**
 * A call to a child process, and what comes back.
 * @typedef {{ id: number, method: string, params: unknown }} Request
 * @typedef {{ id: number, result: unknown } | { id: number, error: string }} Reply
 */

/**
 * @template Method
 * @typedef {Method extends (params: infer Params) => unknown ? Params : never} ParamsOf
 */

/**
 * @template Method
 * @typedef {Method extends (params: never) => Promise<infer Result> ? Result : never} ResultOf
 */

/**
 * A child process that answers calls; {@link serveCalls} is its other end.
 * @template {object} Methods
 */
export class Child {
  #name;
  #process;
  #lastId = 0;
  /** @type {Promise<void> | undefined} */
  #closing;
  /** @type {Map<number, { resolve: (result: never) => void, reject: (error: Error) => void }>} */
  #calls = new Map();
  /** @type {Promise<void>} */
  #exited;

  /**
   * Starts a script, on one core where that is given.
   * @param {string} script
   * @param {{ core: number | undefined, nodeOptions?: readonly string[] }} options
   */
  constructor(script, { core, nodeOptions = [] }) {
    this.#name = script;
    const command = [process.execPath, ...nodeOptions, script];
    const [file = '', ...args] =
      core === undefined ? command : ['taskset', '-c', String(core), ...command];
    // Standard output is the report's: what a child has to say goes to standard error.
    this.#process = spawn(file, args, { stdio: ['ignore', 2, 2, 'ipc'] });
    this.#process.on('message', (/** @type {Reply} */ reply) => {
      this.#settle(reply);
    });
    this.#exited = new Promise((resolve) => {
      this.#process.once('exit', (code, signal) => {
        this.#failAll(new Error(`${script} ended: ${signal ?? `exit code ${code ?? 'none'}`}`));
        resolve();
      });
      this.#process.once('error', (error) => {
        this.#failAll(error);
        resolve();
      });
    });
  }

  /**
   * Calls a method of the child; rejects with what it threw, or when it ends or does not answer.
   * @template {keyof Methods & string} Name
   * @param {Name} method
   * @param {ParamsOf<Methods[Name]>} params
   * @returns {Promise<ResultOf<Methods[Name]>>}
   */
  call(method, params) {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#settle({ id, error: `${method} took longer than ${CALL_TIMEOUT_MS} ms` });
      }, CALL_TIMEOUT_MS);
      this.#calls.set(id, {
        resolve: (result) => {
          clearTimeout(timer);
          resolve(result);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      this.#process.send({ id, method, params }, (error) => {
        if (error !== null) {
          this.#settle({ id, error: error.message });
        }
      });
    });
  }

  /** Ends the process, by force if it does not go; resolves when it is gone. */
  close() {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close() {
    if (this.#process.connected) {
      this.#process.disconnect();
    }
    const timer = setTimeout(() => {
      this.#process.kill('SIGKILL');
    }, EXIT_TIMEOUT_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  /** @param {Reply} reply */
  #settle(reply) {
    const call = this.#calls.get(reply.id);
    this.#calls.delete(reply.id);
    if ('error' in reply) {
      call?.reject(new Error(`${this.#name}: ${reply.error}`));
    } else {
      // What the child's method returned: the channel between two files of ours is not checked.
      call?.resolve(/** @type {never} */ (reply.result));
    }
  }

  /** @param {Error} error */
  #failAll(error) {
    for (const { reject } of this.#calls.values()) {
      reject(error);
    }
    this.#calls.clear();
  }
}

/**
 * Answers the calls of the process that started this one, and ends with it.
 * @template {object} Methods
 * @param {Methods} methods
 */
export function serveCalls(methods) {
  const known = new Map(Object.entries(methods));
  process.on('message', (/** @type {Request} */ { id, method, params }) => {
    void Promise.resolve()
      .then(() => known.get(method)?.(params))
      .then(
        (result) => ({ id, result }),
        (error) => ({ id, error: error instanceof Error ? error.message : String(error) }),
      )
      .then((reply) => process.send?.(reply));
  });
  process.once('disconnect', () => {
    process.exit(0);
  });
}
