import { fromJson } from '@nfnets/json-numbers';
import type { Database } from 'sql.js';
import type { Trial, TrialStatus } from '../../schema/index.js';
import { isCurrent, readIndexFile, valuesOf, withDatabase } from './index-database.js';

/** What the files of a trial said when they were read. */
export interface StoredTrial {
  /** Of `status.json`, from before it was read. */
  readonly stamp: string;
  readonly trial: Trial;
  readonly status?: TrialStatus;
  /** What is wrong with its files. */
  readonly damage?: string;
  /** Known of trials from the index alone. */
  readonly environment?: Readonly<Record<string, unknown>> | undefined;
}

/** The trials of an index by id. */
export type TrialIndex = ReadonlyMap<string, StoredTrial>;

/** The trials that have ended in the index of the run folder `dir`, by id; undefined without an index that can be read. */
export async function readIndex(dir: string): Promise<TrialIndex | undefined> {
  const bytes = readIndexFile(dir);
  return bytes && withDatabase(bytes, (database) => (isCurrent(database) ? storedTrials(database) : undefined));
}

function storedTrials(database: Database): Map<string, StoredTrial> {
  const environments = new Map(
    valuesOf(database, 'SELECT environment, json FROM environments').map(([key, json]) => [
      key,
      fromJson(`${json}`) as StoredTrial['environment'],
    ]),
  );
  const rows = valuesOf(
    database,
    'SELECT id, stamp, trial, sources.status, environment FROM sources JOIN trials USING (id)',
  );
  return new Map(
    rows.map(([id, stamp, trial, status, environment]) => [
      String(id),
      {
        stamp: String(stamp),
        trial: fromJson(`${trial}`) as Trial,
        status: fromJson(`${status}`) as TrialStatus,
        environment: environments.get(environment ?? null),
      },
    ]),
  );
}
