import type { PrivatePostgres } from './private-postgres.ts';

/** What makes a server keep its history in a database of a private PostgreSQL. */
export function postgresSettings({
  host,
  port,
  database,
  user,
}: Awaited<ReturnType<PrivatePostgres['createDatabase']>>): Readonly<Record<string, string>> {
  return { DB_HOST: host, DB_PORT: String(port), DB_NAME: database, DB_USER: user };
}
