import { Agent, type OutgoingHttpHeaders, request } from 'node:http';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import {
  type OpenApi,
  type Operation,
  type Parameter,
  withoutReferences,
} from '../support/openapi.ts';
import { createFullWorld, createRestWorld, startRest } from '../support/rest-world.ts';

const ANSWER_WITHIN_MS = 5_000;
const PROBLEM = z.strictObject({ error: z.string(), message: z.string(), timestamp: z.string() });
/** What only our own code has: frames of a stack, files, and names of what threw. */
const INSIDES = /\n\s+at |\.[jt]s:\d+|node_modules|TypeError|ZodError|FST_/;
/** Statuses that say what is wrong with the request. */
const REFUSALS = [400, 404, 406, 413, 414];

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

function ask(url: string, agent: Agent, headers: OutgoingHttpHeaders): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, headers, timeout: ANSWER_WITHIN_MS }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (body += part));
      response.on('end', () => {
        const type = response.headers['content-type'] ?? '';
        resolve({ status: response.statusCode ?? 0, type, body });
      });
    });
    sent.on('timeout', () => sent.destroy(new Error(`No answer within ${ANSWER_WITHIN_MS} ms`)));
    sent.on('error', reject);
    sent.end();
  });
}

/** What any parameter may be given: texts of all kinds, and things that mean something elsewhere. */
const garbage = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ maxLength: 30 }),
  fc.integer().map(String),
  fc.double().map(String),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.constantFrom(
    ...['', '%', 'null', 'undefined', 'NaN', '__proto__', 'constructor', '../..', "' OR 1=1 --"],
    ...['0000-00-00', '9999-12-31T23:59:59Z', '99999999999999', '-1', '1e400', '\0', '\u{1f4a9}'],
    'a'.repeat(5_000),
  ),
);

/** What the document says that a parameter may be. */
function valueOf({ name, schema }: Parameter): fc.Arbitrary<string> {
  if (schema.enum !== undefined) {
    return fc.constantFrom(...schema.enum);
  }
  if (schema.type === 'integer' || schema.type === 'number') {
    const { minimum = 0, maximum = 1_000 } = schema;
    return fc.integer({ min: minimum, max: maximum }).map(String);
  }
  const names = ['EUR_USD', 'usd_jpy', 'BTCUSDT', 'LINEAR_ETHUSDT', 'NOPE_USD'];
  const known: Readonly<Record<string, readonly string[]>> = {
    instrument: names,
    pair1: names,
    pair2: names,
    cursor: ['a1763467200000', 'b1763467200000', '1763463296789.1'],
  };
  return fc.constantFrom(...(known[name] ?? schema.examples ?? ['2025-11-18']));
}

/** An address of an operation: some parameters right, some wrong, some missing, some not its own. */
function addressOf(path: string, { parameters = [] }: Operation): fc.Arbitrary<string> {
  const own = parameters.filter(({ in: place }) => place === 'query');
  const given = (parameter: Parameter) =>
    fc.oneof({ weight: 9, arbitrary: valueOf(parameter) }, garbage);
  const pairOf = (parameter: Parameter) =>
    given(parameter).map((value) => [[parameter.name, value] as const]);
  const nothing = fc.constant<readonly (readonly [string, string])[]>([]);
  const strays = fc.array(fc.tuple(fc.constantFrom(...own.map(({ name }) => name), 'x'), garbage), {
    minLength: 1,
    maxLength: 2,
  });
  const query = fc.tuple(
    ...own.map((parameter) =>
      fc.oneof(
        { weight: parameter.required === true ? 9 : 1, arbitrary: pairOf(parameter) },
        nothing,
      ),
    ),
    fc.oneof({ weight: 9, arbitrary: nothing }, strays),
  );
  const inPath = parameters.filter(({ in: place }) => place === 'path');
  return fc.tuple(fc.tuple(...inPath.map(given)), query).map(([segments, pairs]) => {
    const filled = inPath.reduce(
      (text, { name }, index) => text.replace(`{${name}}`, encode(segments[index] ?? '')),
      path,
    );
    const search = pairs.flat().map(([name, value]) => `${encode(name)}=${encode(value)}`);
    return `${filled}?${search.join('&')}`;
  });
}

/** As a browser would; what has no encoding goes as three bytes that are none. */
function encode(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString());
}

const headers = fc.record(
  {
    accept: fc.constantFrom('text/csv', 'application/json', 'text/csv;q=0.1, */*', ';;;,', 'x'),
    'accept-encoding': fc.constantFrom('identity', 'x', '*;q=0', ''),
    'if-none-match': fc.constantFrom('*', '"x"', 'W/', ',,,'),
  },
  { requiredKeys: [] },
);

describe.each([
  ['a full world', createFullWorld],
  ['an empty one', createRestWorld],
])('every route of the document, in %s', (_, createWorld) => {
  test('answers whatever it is asked, as the document says', async () => {
    const { url, get, log } = await startRest(createWorld());
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => {
      agent.destroy();
    });
    const document = (await (await get('/openapi.json')).json()) as OpenApi;
    expect(Object.keys(document.paths).length).toBeGreaterThanOrEqual(15);
    for (const [path, { get: operation }] of Object.entries(document.paths)) {
      const schema = operation.responses['200']?.content?.['application/json']?.schema;
      const shape =
        schema === undefined
          ? z.unknown()
          : z.fromJSONSchema(
              withoutReferences(schema, document) as Parameters<typeof z.fromJSONSchema>[0],
            );
      await fc.assert(
        fc.asyncProperty(addressOf(path, operation), headers, async (address, given) => {
          const answer = await ask(`${url}${address}`, agent, given);
          expect(answer.body).not.toMatch(INSIDES);
          if (answer.status === 200) {
            if (answer.type.startsWith('application/json')) {
              shape.parse(JSON.parse(answer.body));
            } else {
              expect(answer.type).toBe('text/csv; charset=utf-8');
            }
          } else if (answer.status === 304) {
            expect(answer.body).toBe('');
          } else {
            expect(REFUSALS).toContain(answer.status);
            PROBLEM.parse(JSON.parse(answer.body));
          }
        }),
        { numRuns: 200 },
      );
    }
    expect(log.filter(({ level }) => level === 'error')).toEqual([]);
  }, 120_000);
});

test('an address that is no route at all is answered too', async () => {
  const { url } = await startRest(createFullWorld());
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => {
    agent.destroy();
  });
  const printable = fc.stringMatching(/^[!-~]{0,60}$/);
  await fc.assert(
    fc.asyncProperty(printable, fc.boolean(), async (rest, isOurs) => {
      const path = (isOurs ? `/api/v1/${rest}` : `/${rest}`).replaceAll('#', '%23');
      const answer = await ask(url + path, agent, {});
      expect(answer.status).toBeLessThan(500);
      expect(answer.body).not.toMatch(INSIDES);
    }),
    { numRuns: 300 },
  );
});
