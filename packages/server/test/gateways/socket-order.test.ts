import { expect, onTestFinished, test } from 'vitest';
import { quoteOf } from '../support/live-events.ts';
import { type LiveGateway, startLiveGateway } from '../support/live-gateway.ts';
import { RecordingClient, webSocketOf } from '../support/socket-io-client.ts';
import { waitFor } from '../support/wait-for.ts';

type TransportName = 'polling' | 'websocket';

const TRANSPORTS: Readonly<Record<string, readonly TransportName[]>> = {
  WebSocket: ['websocket'],
  polling: ['polling'],
  both: ['polling', 'websocket'],
};

async function connect(
  { url }: LiveGateway,
  transports: readonly TransportName[],
): Promise<RecordingClient> {
  const client = new RecordingClient(url, { transports: [...transports] });
  onTestFinished(() => {
    client.close();
  });
  await client.next('connection_established');
  return client;
}

test.each(Object.entries(TRANSPORTS))(
  'what is published before an answer comes before it: %s',
  async (_, names) => {
    const gateway = await startLiveGateway();
    const client = await connect(gateway, names);
    await client.request('subscribe', { pairs: ['EUR_USD'] }, 'subscription_confirmed');
    const order: string[] = [];
    client.socket.onAny((event: string) => order.push(event));
    for (let round = 1; round <= 20; round += 1) {
      gateway.directory.answer = (channel) => {
        // In the turn in which the answer is written, and not sent on before it.
        gateway.publish(quoteOf('EUR_USD'));
        gateway.publish(quoteOf('EUR_USD'));
        return Promise.resolve(channel);
      };
      order.push('asked');
      await client.socket.emitWithAck('subscribe', { channels: [`ticker:COIN${round}`] });
      order.push('acknowledged');
      gateway.publish(quoteOf('EUR_USD'));
      await client.next('price_update', 3 * round - 1);
    }
    const expected = [
      'asked',
      'price_update',
      'price_update',
      'subscription_confirmed',
      'acknowledged',
      'price_update',
    ];
    expect(order).toEqual(Array.from({ length: 20 }, () => expected).flat());
  },
);

test('loses nothing, and keeps the order, while clients change from polling to WebSocket', async () => {
  const gateway = await startLiveGateway();
  const clients = Array.from({ length: 10 }, () => {
    const client = new RecordingClient(gateway.url);
    client.socket.once('connect', () => client.socket.emit('subscribe', { pairs: ['EUR_USD'] }));
    return client;
  });
  onTestFinished(() => {
    for (const client of clients) {
      client.close();
    }
  });
  const isUpgraded = ({ socket }: RecordingClient) =>
    socket.connected && socket.io.engine.transport.name === 'websocket';
  let published = 0;
  await waitFor(() => {
    for (let count = 0; count < 3; count += 1) {
      published += 1;
      gateway.publish(quoteOf('EUR_USD', `1.${published}`));
    }
    return clients.every((client) => isUpgraded(client)) && published > 300;
  }, 'the change of all');
  for (const client of clients) {
    await waitFor(() => client.all('price_update').at(-1)?.seq === published, 'the newest');
    const seqs = client.all('price_update').map(({ seq = 0 }) => seq);
    const [first = 0] = seqs;
    expect(seqs).toEqual(Array.from({ length: published - first + 1 }, (_, i) => first + i));
    expect(client.disconnects).toEqual([]);
  }
});

test('closes the transport of a client that does not read, and tells it why', async () => {
  const gateway = await startLiveGateway({ maxWaitingBytes: 65_536 });
  const client = await connect(gateway, ['websocket']);
  await client.socket.emitWithAck('subscribe', { channels: ['alerts'] });
  const connection = webSocketOf(client.socket);
  connection.pause();
  await waitFor(() => {
    for (let count = 0; count < 500; count += 1) {
      const alert = { volatility: 0.03, threshold: 0.02, severity: 'warning' } as const;
      gateway.publish({ type: 'volatilityAlert', instrument: 'EUR_USD', ...alert });
    }
    return gateway.stats.slowCloses === 1;
  }, 'the end of its connection');
  connection.resume();
  const error = await client.next('server_error');
  expect(error.error).toBe('Slow consumer');
  // It comes back by itself.
  await waitFor(() => client.disconnects[0] === 'transport close', 'its end');
  await client.next('connection_established', 1);
  const seqs = client.all('volatility_alert').map((alert): unknown => Reflect.get(alert, 'seq'));
  expect(seqs).toEqual(seqs.map((_, index) => index + 1));
});
