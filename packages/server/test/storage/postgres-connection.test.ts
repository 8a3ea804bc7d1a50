import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { StoreError } from '../../src/domain/errors.ts';
import { explain } from '../../src/storage/postgres-errors.ts';
import { PostgresClient } from '../../src/storage/postgres.ts';
import { DONE, WELCOME, messageOf, startFakePostgres } from '../support/fake-postgres.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';
import { createDirectoryForTest } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';

function clientOf(url: string): PostgresClient {
  const client = new PostgresClient({ address: { url }, logger: createRecordingLogger() });
  onTestFinished(() => client.close());
  return client;
}

async function startError(url: string): Promise<StoreError> {
  return clientOf(url)
    .start()
    .then(
      () => expect.unreachable('It started'),
      (error: unknown) => error as StoreError,
    );
}

const hasOpenssl = ((): boolean => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** The files of a certificate of `localhost` that nobody has signed but itself. */
async function createCertificate(): Promise<{ readonly cert: string; readonly key: string }> {
  const directory = await createDirectoryForTest();
  const files = { cert: join(directory, 'cert.pem'), key: join(directory, 'key.pem') };
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync(
    'openssl',
    ['req', '-x509', ...kind, '-subj', '/CN=localhost', '-out', files.cert, '-keyout', files.key],
    { stdio: 'ignore' },
  );
  return files;
}

describe('a way to PostgreSQL that somebody must mend', () => {
  const REFUSED = { code: 'STORE_REFUSED', retryable: false };

  test.each([
    ['an URL that is none', 'postgresql://user:secret@host:port/name', 'Invalid URL'],
    ['a port that is none', 'postgresql://user:secret@localhost/name?port=x', 'a port from 1 to'],
    [
      'a certificate that is not there',
      'postgresql://user:secret@127.0.0.1:1/name?sslmode=verify-full&sslrootcert=/nowhere/ca.pem',
      '/nowhere/ca.pem',
    ],
  ])('is %s', async (_, url, words) => {
    const error = await startError(url);
    expect(error).toMatchObject(REFUSED);
    expect(error.message).toContain(words);
    expect(error.message).not.toContain('secret');
  });

  test('is a certificate of ours that is none', async () => {
    const { port } = await startFakePostgres((socket) => socket.write('S'));
    const file = join(await createDirectoryForTest(), 'ca.pem');
    await writeFile(file, 'none');
    const files = `sslcert=${file}&sslkey=${file}`;
    const url = `postgresql://user@127.0.0.1:${port}/name?sslmode=verify-full&${files}`;
    expect(await startError(url)).toMatchObject(REFUSED);
  });

  test('is a server without TLS', async () => {
    const { port } = await startFakePostgres((socket) => socket.write('N'));
    const error = await startError(`postgresql://user@127.0.0.1:${port}/name?sslmode=verify-full`);
    expect(error).toMatchObject(REFUSED);
    expect(error.message).toContain('does not support SSL');
  });

  test.skipIf(!hasOpenssl)('is a certificate that nobody vouches for, or of another', async () => {
    const files = await createCertificate();
    const [cert, key] = [readFileSync(files.cert), readFileSync(files.key)];
    const { port } = await startFakePostgres((socket, count) => {
      if (count === 0) {
        socket.removeAllListeners('data');
        socket.write('S');
        new TLSSocket(socket, { isServer: true, cert, key }).on('error', () => undefined);
      }
    });
    const url = `postgresql://user@127.0.0.1:${port}/name?sslmode=verify-full`;
    const unknown = await startError(url);
    expect(unknown).toMatchObject({ ...REFUSED, cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } });
    const ofAnother = await startError(`${url}&sslrootcert=${files.cert}`);
    expect(ofAnother).toMatchObject({
      ...REFUSED,
      cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    });
  });

  test('is a password that was not given', async () => {
    const asked = messageOf('R', [0, 0, 0, 10, ...Buffer.from('SCRAM-SHA-256\0\0')]);
    const challenge = messageOf('R', [0, 0, 0, 11, ...Buffer.from('r=n,s=cw==,i=4096')]);
    const { port } = await startFakePostgres((socket, count) => {
      socket.write(count === 0 ? asked : challenge);
    });
    const error = await startError(`postgresql://user@127.0.0.1:${port}/name`);
    expect(error).toMatchObject(REFUSED);
    expect(error.message).toContain('password');
  });

  test.each([
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'CERT_HAS_EXPIRED',
    'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
    'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
  ])('is %s', (code) => {
    expect(explain(Object.assign(new Error('no'), { code }))).toMatchObject(REFUSED);
  });
});

describe('a way to PostgreSQL that may be there later', () => {
  test.each(['ENOENT', 'ECONNREFUSED', 'ERR_SSL_UNEXPECTED_EOF_WHILE_READING', 'EMFILE'])(
    'is %s of a connection',
    (code) => {
      const error = Object.assign(new Error(`connect ${code}`), { code, syscall: 'connect' });
      expect(explain(error)).toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
    },
  );

  test('is a socket that is not there', async () => {
    const directory = encodeURIComponent(await createDirectoryForTest());
    const error = await startError(`postgresql://user@${directory}/name`);
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', message: /ENOENT/ });
  });

  test('is told for each of the addresses of a name', () => {
    const errors = [new Error('connect ECONNREFUSED ::1'), new Error('connect ECONNREFUSED 127')];
    expect(explain(new AggregateError(errors)).message).toContain(
      'connect ECONNREFUSED ::1; connect ECONNREFUSED 127',
    );
  });
});

describe('closing', () => {
  /** Fails everything that is asked for once it was closed. */
  async function expectClosed(client: PostgresClient, asked: Promise<unknown>[]): Promise<void> {
    const settled = Promise.allSettled(asked);
    await client.close();
    for (const result of await settled) {
      expect(result).toMatchObject({
        status: 'rejected',
        reason: { code: 'STORE_UNAVAILABLE' },
      });
    }
  }

  test('gives up a server that accepts and says nothing', async () => {
    const { port, sockets } = await startFakePostgres(() => undefined);
    const client = clientOf(`postgresql://user@127.0.0.1:${port}/name`);
    // More than there are connections: the others wait for one.
    const asked = Array.from({ length: 9 }, () => client.query('SELECT 1'));
    await waitFor(() => sockets.size === 4, 'connections');
    await expectClosed(client, asked);
    await waitFor(() => sockets.size === 0, 'their end');
  });

  test('gives up statements that never end', async () => {
    const statements = new Set<unknown>();
    const { port, sockets } = await startFakePostgres((socket, count) => {
      if (count < 2) {
        socket.write(count === 0 ? WELCOME : DONE);
      } else {
        statements.add(socket);
      }
    });
    const client = clientOf(`postgresql://user@127.0.0.1:${port}/name`);
    const asked = Array.from({ length: 9 }, (_, index) =>
      index % 2 === 0
        ? client.query('SELECT 1')
        : client.transaction((session) => session.query('SELECT 1')),
    );
    await waitFor(() => statements.size === 4, 'statements');
    await expectClosed(client, asked);
    await waitFor(() => sockets.size === 0, 'their end');
  });

  test('does not wait for goodbyes of a server that is gone', async () => {
    const { port } = await startFakePostgres((socket, count) => {
      socket.write(count === 0 ? WELCOME : DONE);
    });
    const client = clientOf(`postgresql://user@127.0.0.1:${port}/name`);
    await client.query('SELECT 1');
    await expect(client.close()).resolves.toBeUndefined();
  });
});
