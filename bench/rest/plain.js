/** A plain Fastify application that says what it was told to say, and does nothing for it. */
import fastify from 'fastify';
import { serveCalls } from '../child.js';

/** @type {import('./messages.js').PlainMethods} */
const methods = {
  async start({ answers }) {
    const app = fastify();
    const byUrl = new Map(answers.map((answer) => [answer.path, answer]));
    for (const route of new Set(answers.map(({ path }) => path.split('?', 1)[0] ?? path))) {
      app.get(route, (request, reply) => {
        const answer = byUrl.get(request.url);
        return answer === undefined
          ? reply.code(404).send()
          : reply.type(answer.type).send(answer.body);
      });
    }
    const address = await app.listen({ host: '127.0.0.1', port: 0 });
    return { port: Number(new URL(address).port) };
  },
};
serveCalls(methods);
