/** Publishes through Redis, so that the server's processor time is the server's alone. */
import { NOTHING, serveCalls } from '../../child.js';
import { Publisher } from './publisher.js';
import { publishToRedis } from './redis.js';

/** @type {Publisher | undefined} */
let publisher;

/** @type {import('../messages.js').SourceMethods} */
const methods = {
  async open({ epochOffsetUs, redisUrl }) {
    if (redisUrl === undefined) {
      throw new Error('Expected the URL of a Redis');
    }
    publisher = new Publisher(epochOffsetUs, await publishToRedis(redisUrl));
    return NOTHING;
  },
  async publish(plan) {
    if (publisher === undefined) {
      throw new Error('Expected open before publish');
    }
    return publisher.run(plan);
  },
};
serveCalls(methods);
