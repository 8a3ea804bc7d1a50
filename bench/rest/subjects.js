import { Buffer } from 'node:buffer';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child } from '../child.js';
import { get } from './get.js';
import { ROUTES } from './routes.js';

/** @param {string} name */
const script = (name) => fileURLToPath(new URL(name, import.meta.url));

/**
 * Both servers, and who asks them.
 * @typedef {object} Subjects
 * @property {Readonly<Record<import('./routes.js').SubjectName, string>>} urls
 * @property {ReadonlyMap<string, number>} bytes Of the answer of each path.
 * @property {(load: import('./messages.js').Load) => Promise<import('./messages.js').Measured>} measure
 * @property {() => Promise<void>} close
 */

/**
 * Starts ours over what the simulated venues brought, and the peer with what ours answers.
 * @param {import('../machine.js').Cores} cores
 * @returns {Promise<Subjects>}
 */
export async function startSubjects(cores) {
  const directory = await mkdtemp(join(tmpdir(), 'tickwire-bench-'));
  /** @type {Child<import('./messages.js').TickwireMethods>} */
  const filler = new Child(script('tickwire.js'), { core: undefined });
  /** @type {Child<import('./messages.js').TickwireMethods>} */
  const tickwire = new Child(script('tickwire.js'), { core: cores.server });
  /** @type {Child<import('./messages.js').PlainMethods>} */
  const plain = new Child(script('plain.js'), { core: cores.server });
  /** @type {Child<import('./messages.js').LoadMethods>} */
  const load = new Child(script('load.js'), { core: cores.load });
  const close = async () => {
    await Promise.all([filler, tickwire, plain, load].map((child) => child.close()));
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await filler.call('fill', { directory });
    await filler.close();
    const ours = await tickwire.call('start', { directory });
    const url = `http://127.0.0.1:${ours.port}`;
    const answers = await Promise.all(ROUTES.map(({ path }) => read(url, path)));
    const theirs = await plain.call('start', { answers });
    return {
      urls: { tickwire: url, plain: `http://127.0.0.1:${theirs.port}` },
      bytes: new Map(answers.map(({ path, body }) => [path, Buffer.byteLength(body)])),
      measure: (options) => load.call('measure', options),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * @param {string} url
 * @param {string} path
 * @returns {Promise<import('./messages.js').Answer>}
 */
async function read(url, path) {
  const { status, type, body } = await get(url + path);
  if (status !== 200) {
    throw new Error(`${path}: expected an answer, got ${status}`);
  }
  return { path, type, body };
}
