import { readFileSync } from 'node:fs';
import type { Database, SqlJsStatic, SqlValue } from 'sql.js';
import { runFiles } from '../run-folder.js';
import { INDEX_VERSION } from './index-tables.js';

/** The index of the run folder `dir`; undefined where there is none that may be read. */
export function readIndexFile(dir: string): Uint8Array | undefined {
  try {
    return readFileSync(runFiles(dir).index);
  } catch {
    return undefined;
  }
}

let sql: Promise<SqlJsStatic> | undefined;

/** What `use` returns of the database in `bytes`, or of an empty one; undefined where those are no database. */
export async function withDatabase<T>(
  bytes: Uint8Array | undefined,
  use: (database: Database) => T,
): Promise<T | undefined> {
  sql ??= import('sql.js').then(({ default: initialize }) => initialize());
  const { Database } = await sql;
  const database = new Database(bytes);
  try {
    return use(database);
  } catch (error) {
    if (bytes === undefined) throw error;
    return undefined;
  } finally {
    database.close();
  }
}

/** Whether `database` has the tables that this version writes. */
export const isCurrent = (database: Database) => valuesOf(database, 'PRAGMA user_version')[0]?.[0] === INDEX_VERSION;

/** The rows of the answer to `query`. */
export const valuesOf = (database: Database, query: string): SqlValue[][] => database.exec(query)[0]?.values ?? [];
