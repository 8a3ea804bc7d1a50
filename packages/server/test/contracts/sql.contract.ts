import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StoreError } from '../../src/domain/errors.ts';
import type { SqlClient } from '../../src/ports/sql.ts';

/** What every engine promises: the same values, the same transactions, the same errors. */
export function testSqlClient(name: string, open: () => Promise<SqlClient>): void {
  describe(`${name} SQL client`, () => {
    let client: SqlClient;

    beforeAll(async () => {
      client = await open();
      await client.start();
      await client.query('CREATE TABLE digits (id integer PRIMARY KEY, price numeric)');
    });

    afterAll(async () => {
      await client.close();
    });

    test('gives every type as the same value', async () => {
      const [row] = await client.query(
        `SELECT 1::smallint AS small, 2::integer AS int, 3::bigint AS big,
                9007199254740993::bigint AS bigger, 0.5::float8 AS float, 1.10::numeric AS numeric,
                true AS yes, false AS no, NULL::numeric AS nothing, 'a'::text AS text,
                '{"a": 1}'::jsonb AS json, ARRAY['a', 'b']::text[] AS list, '08:00'::time AS time,
                '2025-06-18 12:00:00.123456+02'::timestamptz AS micros,
                '2025-06-18 12:00:00+00'::timestamptz AS seconds, '2025-06-18'::date AS date`,
      );
      expect(row).toEqual({
        small: 1,
        int: 2,
        big: 3,
        bigger: 9007199254740993n,
        float: 0.5,
        numeric: '1.10',
        yes: true,
        no: false,
        nothing: null,
        text: 'a',
        json: '{"a": 1}',
        list: '{a,b}',
        time: '08:00:00',
        micros: '2025-06-18T10:00:00.123456Z',
        seconds: '2025-06-18T12:00:00Z',
        date: '2025-06-18',
      });
    });

    test('takes every kind of parameter', async () => {
      const texts = ['plain', 'with "quotes"', 'back\\slash', 'NULL', '', '{a,b}', 'ü€', null];
      const rows = await client.query('SELECT * FROM unnest($1::text[]) AS text', [texts]);
      expect(rows.map(({ text }) => text)).toEqual(texts);
      const [row] = await client.query(
        'SELECT $1::integer AS int, $2::bigint AS big, $3::boolean AS yes, $4::numeric AS none',
        [1, 9007199254740993n, true, null],
      );
      expect(row).toEqual({ int: 1, big: 9007199254740993n, yes: true, none: null });
    });

    test.each(['1.10', '109147.80', '0.00000001', '100', '0', '0.000', '12345678901234567890.123'])(
      'keeps the digits of %s',
      async (price) => {
        const [row] = await client.query(
          `INSERT INTO digits SELECT coalesce(max(id), 0) + 1, $1::numeric FROM digits
           RETURNING price`,
          [price],
        );
        expect(row).toEqual({ price });
      },
    );

    test('commits what a transaction did, and takes back what one that fails did', async () => {
      const result = await client.transaction(async (session) => {
        await session.query('INSERT INTO digits VALUES (1001, 1)');
        return 'done';
      });
      const failure = new Error('changed my mind');
      const failing = client.transaction(async (session) => {
        await session.query('INSERT INTO digits VALUES (1002, 1)');
        throw failure;
      });
      await expect(failing).rejects.toBe(failure);
      const refused = client.transaction(async (session) => {
        await session.query('INSERT INTO digits VALUES (1003, 1)');
        await session.query('INSERT INTO digits VALUES (1001, 1)');
      });
      await expect(refused).rejects.toMatchObject({
        code: 'STORE_QUERY_FAILED',
        sqlState: '23505',
      });
      const rows = await client.query('SELECT id FROM digits WHERE id > 1000');
      expect([result, rows]).toEqual(['done', [{ id: 1001 }]]);
    });

    test('takes back a transaction that makes nothing of a statement that failed', async () => {
      const careless = client.transaction(async (session) => {
        await session.query('INSERT INTO digits VALUES (1501, 1)');
        await session.query('NONSENSE').catch(() => undefined);
      });
      await expect(careless).rejects.toMatchObject({ code: 'STORE_QUERY_FAILED' });
      const rows = await client.query('SELECT id FROM digits WHERE id = 1501');
      expect(rows).toEqual([]);
    });

    test('keeps what is asked beside a transaction out of it', async () => {
      let beside: Promise<unknown> = Promise.resolve();
      await expect(
        client.transaction(async (session) => {
          await session.query('INSERT INTO digits VALUES (2001, 1)');
          beside = client.query('INSERT INTO digits VALUES (2002, 1)');
          await session.query('SELECT 1');
          throw new Error('taken back');
        }),
      ).rejects.toThrow('taken back');
      await beside;
      const rows = await client.query('SELECT id FROM digits WHERE id > 2000');
      expect(rows).toEqual([{ id: 2002 }]);
    });

    test('says what the database did not accept, and goes on', async () => {
      await expect(client.query('SELECT * FROM nowhere')).rejects.toThrow(
        /42P01.*relation "nowhere" does not exist/,
      );
      await expect(client.query('SELECT $1::numeric', ['twelve'])).rejects.toBeInstanceOf(
        StoreError,
      );
      await expect(client.query('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
    });

    test('closes once what runs has ended, and refuses what comes later', async () => {
      const other = await open();
      await other.start();
      const running = other.query('SELECT count(*)::int AS n FROM generate_series(1, 100000)');
      await Promise.all([other.close(), other.close()]);
      await expect(running).resolves.toEqual([{ n: 100_000 }]);
      await expect(other.query('SELECT 1')).rejects.toBeInstanceOf(StoreError);
      await expect(other.transaction(() => Promise.resolve())).rejects.toBeInstanceOf(StoreError);
    });
  });
}
