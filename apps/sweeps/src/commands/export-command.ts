import { epochTable, optunaJournal, parquetColumns, trialTable } from '../report/index.js';
import { csvText, jsonText, type OpenRun, openRun, readEpochs, runFiles, writeFileSafely } from '../store/index.js';
import { SweepError } from '../sweep-error.js';
import { damageCode } from './damage-code.js';
import type { DocumentOf } from './documents/document-parts.js';
import type { exportDocument } from './documents/other-documents.js';
import type { ExportOptions } from './export-formats.js';
import type { CommandResult } from './output/command-result.js';

/** Writes the trials of the run folder `dir`, or their epochs, as a table, a row each. */
export async function exportCommand(
  dir: string,
  options: ExportOptions,
): Promise<CommandResult<DocumentOf<typeof exportDocument>>> {
  const { format, out, table = 'trials' } = options;
  const run = await openRun(dir);
  const told = new Set<string>();
  const {
    content,
    rows,
    columns = [],
  } = await exported(run, (id) => readEpochs(runFiles(dir).trial(id), (line) => told.add(line)), options);
  if (out !== undefined) writeFileSafely(out, content);
  const warnings = [...run.damage, ...told];
  return {
    data: { dir, table, format, columns, count: rows.length, ...(out === undefined ? { rows } : { out }) },
    text: () => (out === undefined ? String(content) : ''),
    warnings,
    exitCode: damageCode(warnings),
  };
}

interface Exported {
  readonly content: string | Uint8Array;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** Of a table. */
  readonly columns?: readonly string[];
}

async function exported(
  { plan, records }: OpenRun,
  epochsOf: (id: string) => ReturnType<typeof readEpochs>,
  { format, out, table = 'trials' }: ExportOptions,
): Promise<Exported> {
  if (format === 'optuna') {
    if (table !== 'trials')
      throw new SweepError("export: Optuna's journal has the epochs in its trials; leave out --table.");
    const lines = [...optunaJournal(plan.config, records, epochsOf)];
    return { content: lines.join(''), rows: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
  }
  const made =
    table === 'trials' ? trialTable(records) : epochTable(records.map(({ trial: { id } }) => [id, epochsOf(id)]));
  const columns = Object.keys(made.columns);
  if (format !== 'parquet') {
    const content = format === 'csv' ? csvText(made.rows, columns) : jsonText(made.rows);
    return { content, rows: made.rows, columns };
  }
  if (out === undefined) throw new SweepError('export: Parquet is not text; name a file for it with --out FILE.');
  const { parquetWriteBuffer } = await import('hyparquet-writer');
  const content = new Uint8Array(parquetWriteBuffer({ columnData: parquetColumns(made) as never }));
  return { content, rows: made.rows, columns };
}
