import { join } from 'node:path';
import { formatClipFactor, formatRate } from './format-values.js';
import { STATE_STYLE } from './live-table.js';
import { loadSweepConfig } from './load-sweep-config.js';
import { readPlan, readRecord, readRecords, type TrialRecord } from './run-folder.js';
import { planConflicts, storedPlan } from './stored-plan.js';
import { sweepTrials } from './sweep-trials.js';
import { terminalPaint } from './terminal-paint.js';
import { textTable } from './text-table.js';
import { isFinished } from './trial-folder.js';

interface PlanCommandOptions {
  readonly out?: string;
  readonly quick?: boolean;
}

/** Prints the trials of the config `file` and what the run folder holds of them. */
export async function planCommand(
  file: string,
  overrides: readonly string[],
  { out, quick = false }: PlanCommandOptions,
): Promise<void> {
  const config = await loadSweepConfig(file, { quick, overrides });
  const dir = out ?? join('runs', config.name);
  const records = readRecords(
    dir,
    sweepTrials(config, (trial) => readRecord(dir, trial)),
  );
  const state = ({ status }: TrialRecord) => status?.status ?? 'queued';
  const table = textTable(
    records,
    [
      { title: 'clip', align: 'right', cell: ({ trial }) => formatClipFactor(trial.config.clipFactor) },
      { title: 'batch', align: 'right', cell: ({ trial }) => String(trial.config.batchSize) },
      { title: 'learning rate', align: 'right', cell: ({ trial }) => formatRate(trial.derived.learningRate) },
      { title: 'steps', align: 'right', cell: ({ trial }) => String(trial.derived.steps) },
      { title: 'trial', cell: ({ trial }) => trial.id, style: () => 'dim' },
      {
        title: 'in the run folder',
        cell: (record) => (state(record) === 'queued' ? 'to run' : state(record)),
        style: (record) => STATE_STYLE[state(record)],
      },
    ],
    { paint: terminalPaint(process.stdout) },
  );
  const kept = records.filter(({ status }) => isFinished(status)).length;
  const stored = readPlan(dir);
  const conflicts = stored
    ? planConflicts(
        stored,
        storedPlan(
          config,
          records.map(({ trial }) => trial),
        ),
      )
    : [];
  const lines = [
    ...table,
    '',
    `${records.length} trials, ${records.length - kept} to run in ${dir}`,
    ...(conflicts.length > 0
      ? [`That folder belongs to another plan; run with --out DIR:`, ...conflicts.map((line) => `  ${line}`)]
      : []),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
