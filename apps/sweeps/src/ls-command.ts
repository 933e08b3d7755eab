import { basename } from 'node:path';
import { nameOfConfig, namingAxes } from './axes.js';
import { formatPercent } from './format-values.js';
import { listRunFolders, readPlan, readPlannedTrials, readRecords } from './run-folder.js';
import { summarize, type TrialState } from './summarize.js';
import { SweepError } from './sweep-error.js';
import { terminalPaint } from './terminal-paint.js';
import { textTable } from './text-table.js';

/** Prints one line for each run folder in `dir`. */
export async function lsCommand(dir: string): Promise<void> {
  let folders: string[];
  try {
    folders = listRunFolders(dir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new SweepError(`${dir}: no such folder. Sweeps are kept in runs/ of the folder they were started in.`);
  }
  const rows = folders.map((folder) => {
    const plan = readPlan(folder)!;
    const records = readRecords(folder, readPlannedTrials(folder, plan));
    const summary = summarize(plan.config.name, records);
    const best = summary.trials.find(({ id }) => id === summary.best);
    const times = records.flatMap(({ status }) => status?.endedAt ?? status?.startedAt ?? []).sort();
    const axes = namingAxes(summary.trials.map(({ config }) => config));
    const at = best ? nameOfConfig(best.config, axes) : '';
    return { folder: basename(folder), counts: summary.counts, total: records.length, best, at, last: times.at(-1) };
  });
  const lines = textTable(
    rows,
    [
      { title: 'sweep', cell: ({ folder }) => folder, style: () => 'bold' },
      { title: 'trials', align: 'right', cell: ({ total }) => String(total) },
      {
        title: 'by status',
        cell: ({ counts }) => STATES.flatMap((state) => (counts[state] ? `${counts[state]} ${state}` : [])).join(', '),
      },
      { title: 'best acc %', align: 'right', cell: ({ best }) => formatPercent(best?.metrics['accuracy']) },
      { title: 'at', cell: ({ at }) => at },
      { title: 'last change', cell: ({ last }) => last?.slice(0, 16).replace('T', ' ') ?? '' },
    ],
    { paint: terminalPaint(process.stdout) },
  );
  process.stdout.write(rows.length === 0 ? `No sweeps in ${dir}.\n` : `${lines.join('\n')}\n`);
}

const STATES: readonly TrialState[] = ['done', 'diverged', 'pruned', 'failed', 'preempted', 'running', 'queued'];
