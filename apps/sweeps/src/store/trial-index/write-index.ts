import { hostname } from 'node:os';
import { toJson } from '@nfnets/json-numbers';
import type { Database, SqlValue } from 'sql.js';
import { hasEnded } from '../../schema/index.js';
import { readUnlessDamaged } from '../read-json.js';
import { runFiles } from '../run-folder.js';
import { readEnvironment, readEpochs } from '../trial-folder.js';
import { writeFileSafely } from '../write-file-safely.js';
import { isCurrent, readIndexFile, valuesOf, withDatabase } from './index-database.js';
import { indexRow } from './index-row.js';
import { INDEX_TABLES, INDEX_VERSION } from './index-tables.js';
import type { StoredTrial, TrialIndex } from './read-index.js';

/**
 * Writes `trials` as the index of the run folder `dir`. Those that came from `index` keep their rows there; of the others
 * the metrics and the environment are read; what is damaged of them is told to `onDamage`.
 *
 * The database is put together in memory and takes the old one's place by a rename: nobody ever waits for a lock, which
 * network file systems do not do well, and of two processes that write at once one prevails.
 */
export async function writeIndex(
  dir: string,
  trials: readonly StoredTrial[],
  index?: TrialIndex,
  onDamage: (message: string) => void = () => {},
): Promise<void> {
  const isKept = (stored: StoredTrial) => index?.get(stored.trial.id) === stored;
  const update = (database: Database) => {
    if (!isCurrent(database)) return undefined;
    return fill(
      database,
      dir,
      trials.filter(isKept),
      trials.filter((trial) => !isKept(trial)),
      onDamage,
    );
  };
  const create = (database: Database) => {
    database.run(`${INDEX_TABLES} PRAGMA user_version = ${INDEX_VERSION}`);
    return fill(database, dir, [], trials, onDamage);
  };
  const old = index && readIndexFile(dir);
  const bytes = (old && (await withDatabase(old, update))) ?? (await withDatabase(undefined, create))!;
  const path = runFiles(dir).index;
  writeFileSafely(path, bytes, `${path}.${hostname()}-${process.pid}.tmp`);
}

/** The bytes of `database` with the rows of `kept`, and with new ones of `added`. */
function fill(
  database: Database,
  dir: string,
  kept: readonly StoredTrial[],
  added: readonly StoredTrial[],
  onDamage: (message: string) => void,
): Uint8Array {
  database.run('BEGIN');
  dropOthers(database, new Set(kept.map(({ trial }) => trial.id)));
  insertTrials(database, dir, added, onDamage);
  database.run('COMMIT');
  return database.export();
}

function dropOthers(database: Database, kept: ReadonlySet<string>): void {
  const drop = ['sources', 'epochs', 'trials'].map((table) => database.prepare(`DELETE FROM ${table} WHERE id = ?`));
  for (const [id] of valuesOf(database, 'SELECT id FROM trials')) {
    if (!kept.has(String(id))) for (const statement of drop) statement.run([id!]);
  }
}

function insertTrials(
  database: Database,
  dir: string,
  added: readonly StoredTrial[],
  onDamage: (message: string) => void,
): void {
  const rows = added.map((each) => ({ ...each, row: indexRow(each) }));
  const names = addColumns(
    database,
    rows.flatMap(({ row }) => Object.keys(row)),
  );
  const insert = (table: string, count: number) =>
    database.prepare(`INSERT OR REPLACE INTO ${table} VALUES (${Array(count).fill('?').join()})`);
  const [trials, epochs, sources] = [insert('trials', names.length), insert('epochs', 10), insert('sources', 4)];
  const environmentKey = environmentKeys(database);
  for (const { stamp, trial, status, row } of rows) {
    const folder = runFiles(dir).trial(trial.id);
    const { value: environment, damage } = readUnlessDamaged(() => readEnvironment(folder));
    if (damage) onDamage(damage);
    const engine = environment?.['engine'] === undefined ? null : `${environment['engine']}`;
    const values: Record<string, SqlValue> = { engine, environment: environment ? environmentKey(environment) : null };
    for (const [name, value] of Object.entries(row)) values[name.toLowerCase()] = value;
    trials.run(names.map((name) => values[name.toLowerCase()] ?? null));
    if (!hasEnded(status)) continue;
    sources.run([trial.id, stamp, toJson(trial), toJson(status)]);
    for (const line of readEpochs(folder, onDamage)) {
      const { epoch, step, samples, seconds, trainLoss, loss, accuracy, emaLoss, emaAccuracy } = line;
      epochs.run(
        [trial.id, epoch, step, samples, seconds, trainLoss, loss, accuracy, emaLoss, emaAccuracy].map(
          (value) => value ?? null,
        ),
      );
    }
  }
}

/** Adds what the table of trials lacks of the columns `wanted`, and returns the names of all. */
function addColumns(database: Database, wanted: readonly string[]): string[] {
  const namesNow = () =>
    valuesOf(database, "SELECT name FROM pragma_table_info('trials')").map(([name]) => String(name));
  // To SQLite upper and lower case are the same.
  const known = new Set(namesNow().map((name) => name.toLowerCase()));
  for (const name of wanted) {
    if (known.has(name.toLowerCase())) continue;
    known.add(name.toLowerCase());
    // Without a type: a clip factor may be a number or `off`.
    database.run(`ALTER TABLE trials ADD COLUMN "${name}"`);
  }
  return namesNow();
}

/** Gives each environment its row, which all trials share that ran in it. */
function environmentKeys(database: Database) {
  const insert = database.prepare('INSERT OR IGNORE INTO environments (json) VALUES (?)');
  const find = database.prepare('SELECT environment FROM environments WHERE json = ?');
  const known = new Map<string, number>();
  return ({ startedAt: _, ...environment }: Readonly<Record<string, unknown>>): number => {
    const json = toJson(environment);
    if (!known.has(json)) {
      insert.run([json]);
      known.set(json, Number(find.get([json])[0]));
    }
    return known.get(json)!;
  };
}
