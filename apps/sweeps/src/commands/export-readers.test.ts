import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { tinyConfig } from '../__fixtures__/quick-config.js';
import { syntheticOutcome, syntheticRecords, writeSyntheticRun } from '../__fixtures__/synthetic-sweep.js';
import { temporaryFolder } from '../__fixtures__/temporary-folder.js';
import { planTrials } from '../plan/plan-trials.js';
import { exportCommand } from './export-command.js';

const ownPython = fileURLToPath(new URL('../../../../bench/.venv/bin/python', import.meta.url));
const python = process.env['NFNETS_PYTHON'] ?? ownPython;
const script = fileURLToPath(new URL('../__fixtures__/read_parquet.py', import.meta.url));
const hasReaders = spawnSync(python, ['-c', 'import duckdb, pyarrow']).status === 0;
const NEEDS = 'needs DuckDB and pyarrow: python3 -m venv bench/.venv && bench/.venv/bin/pip install duckdb pyarrow';

interface Found {
  readonly schemas: Readonly<Record<'trials' | 'epochs', Readonly<Record<string, string>>>>;
  readonly duckdb: Readonly<Record<'trials' | 'epochs' | 'states' | 'last', readonly (readonly unknown[])[]>>;
  readonly pyarrow: Readonly<Record<'trials' | 'epochs', number>>;
}

/** Two sweeps with nothing in common, each exported as its two tables. */
async function exported() {
  const first = syntheticRecords({ seeds: 1 });
  const config = tinyConfig(
    'trial.clipFactor=0.5',
    'axes.clipFactor=null',
    'axes.dropRate={ range: [0.1, 0.5] }',
    'method={ name: random, count: 5 }',
  );
  const second = planTrials(config).map(syntheticOutcome);
  const folder = temporaryFolder();
  const runs = [
    { dir: join(folder, 'a'), records: first },
    { dir: join(folder, 'b'), records: second, config },
  ];
  for (const { dir, records, config } of runs) {
    writeSyntheticRun(dir, records, config);
    for (const table of ['trials', 'epochs'] as const)
      await exportCommand(dir, { format: 'parquet', table, out: join(dir, `${table}.parquet`) });
  }
  const { stdout, stderr } = spawnSync(python, [script, ...runs.map(({ dir }) => dir)], { encoding: 'utf8' });
  if (stderr !== '') throw new Error(stderr);
  return { all: [...first, ...second], found: JSON.parse(stdout) as Found };
}

describe.skipIf(!hasReaders)(`exported Parquet of two sweeps, read by DuckDB and pyarrow (${NEEDS})`, () => {
  it('is one table of trials and one of epochs, with the names of the index, whatever the axes', async () => {
    const { all, found } = await exported();
    const ends = all.flatMap(({ trial, metrics }) =>
      metrics.flatMap((line) => (line.type === 'epoch' ? [{ id: trial.id, ...line }] : [])),
    );
    expect(found.pyarrow).toEqual({ trials: all.length, epochs: ends.length });
    expect(found.duckdb.trials).toEqual([[all.length]]);
    expect(found.duckdb.epochs).toEqual([[ends.length]]);
    expect(Object.fromEntries(found.duckdb.states)).toEqual({
      done: all.filter(({ status }) => status!.status === 'done').length,
      diverged: all.filter(({ status }) => status!.status === 'diverged').length,
    });
    expect(found.schemas.trials).toMatchObject({
      id: 'string',
      status: 'string',
      seed: 'int64',
      batchSize: 'int64',
      clipFactor: 'string',
      learningRate_base: 'double',
      dropRate: 'double',
      accuracy: 'double',
      steps: 'int64',
    });
    expect(found.schemas.epochs).toEqual({
      ...{ id: 'string', epoch: 'int64', step: 'int64', samples: 'int64', seconds: 'double' },
      ...{ trainLoss: 'double', loss: 'double', accuracy: 'double', emaLoss: 'double', emaAccuracy: 'double' },
    });
    // The last epoch of each trial, joined with its row.
    const last = new Map(ends.map(({ id, ...line }) => [id, line]));
    const rows = all.flatMap(({ trial }) => {
      const end = last.get(trial.id);
      return end ? [[trial.id, trial.config.batchSize, end.epoch, (end as { accuracy?: number }).accuracy]] : [];
    });
    expect(found.duckdb.last).toEqual(rows.toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
  });
});
