/**
 * A server with the settings that are the argument, as JSON, until it is killed. Says its port once
 * clients can connect. Publishes what each line of its input has, as JSON, and then says so.
 */
import { createInterface } from 'node:readline';
import { createServer } from '../../dist/index.js';

const [, , settings = '{}'] = process.argv;
const server = createServer(JSON.parse(settings));
await server.start();
process.stdout.write(`${server.listening[0]?.boundPort}\n`);
for await (const line of createInterface(process.stdin)) {
  const { channel, payload } = JSON.parse(line);
  server.publish(channel, payload);
  process.stdout.write(`published ${line}\n`);
}
