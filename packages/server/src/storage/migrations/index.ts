import { tables } from './001-tables.ts';
import { history } from './002-history.ts';
import { jobs } from './003-jobs.ts';
import type { Migration } from './migration.ts';

/** All steps, in order, without a hole. */
export const MIGRATIONS: readonly Migration[] = [tables, history, jobs];
