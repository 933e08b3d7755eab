import { epochTable, optunaJournal, parquetColumns, trialTable } from '../report/index.js';
import { csvText, jsonText, openRun, readEpochs, runFiles, writeFileSafely } from '../store/index.js';
import { SweepError } from '../sweep-error.js';
import type { ExportOptions } from './export-formats.js';
import { tellDamage } from './tell-damage.js';

/** Writes the trials of the run folder `dir`, or their epochs, as a table, a row each, and returns the exit code. */
export async function exportCommand(dir: string, { format, out, table = 'trials' }: ExportOptions): Promise<number> {
  const { plan, records, damage } = await openRun(dir);
  const told = new Set<string>();
  const epochsOf = (id: string) => readEpochs(runFiles(dir).trial(id), (line) => told.add(line));
  if (format === 'optuna') {
    if (table !== 'trials')
      throw new SweepError("export: Optuna's journal has the epochs in its trials; leave out --table.");
    const journal = [...optunaJournal(plan.config, records, epochsOf)].join('');
    if (out === undefined) process.stdout.write(journal);
    else writeFileSafely(out, journal);
    return tellDamage([...damage, ...told]);
  }
  const made =
    table === 'trials' ? trialTable(records) : epochTable(records.map(({ trial: { id } }) => [id, epochsOf(id)]));
  if (format === 'parquet') {
    if (out === undefined) throw new SweepError('export: Parquet is not text; name a file for it with --out FILE.');
    const { parquetWriteBuffer } = await import('hyparquet-writer');
    writeFileSafely(out, new Uint8Array(parquetWriteBuffer({ columnData: parquetColumns(made) as never })));
    return tellDamage([...damage, ...told]);
  }
  const text = format === 'csv' ? csvText(made.rows, Object.keys(made.columns)) : jsonText(made.rows);
  if (out === undefined) process.stdout.write(text);
  else writeFileSafely(out, text);
  return tellDamage([...damage, ...told]);
}
