import type { ExportOptions } from './export-formats.js';
import { csvText, flatTrial, typedColumns } from './flat-trial.js';
import { openRun } from './open-run.js';
import { SweepError } from './sweep-error.js';
import { tellDamage } from './tell-damage.js';
import { jsonText, writeFileSafely } from './write-file-safely.js';

/** Writes the trials of the run folder `dir` as a table, a row each, and returns the exit code. */
export async function exportCommand(dir: string, { format, out }: ExportOptions): Promise<number> {
  const { records, damage } = await openRun(dir);
  const rows = records.map(flatTrial);
  if (format === 'parquet') {
    if (out === undefined) throw new SweepError('export: Parquet is not text; name a file for it with --out FILE.');
    const { parquetWriteBuffer } = await import('hyparquet-writer');
    // Its types know columns of one type only.
    writeFileSafely(out, new Uint8Array(parquetWriteBuffer({ columnData: typedColumns(rows) as never })));
    return tellDamage(damage);
  }
  const text = format === 'csv' ? csvText(rows) : jsonText(rows);
  if (out === undefined) process.stdout.write(text);
  else writeFileSafely(out, text);
  return tellDamage(damage);
}
