import { basename } from 'node:path';
import { openRun } from './open-run.js';
import { listRunFolders } from './run-folder.js';
import {
  type BestOfSweep,
  describeBest,
  nameOfBest,
  type SweepSummary,
  summarize,
  type TrialState,
} from './summarize.js';
import { SweepError } from './sweep-error.js';
import { terminalPaint } from './terminal-paint.js';
import { textTable } from './text-table.js';

interface SweepRow {
  readonly folder: string;
  readonly counts: SweepSummary['counts'];
  readonly total: number;
  readonly best: BestOfSweep | undefined;
  /** What tells the best combination from the others. */
  readonly at: string;
  /** When a trial last started or ended. */
  readonly last: string | undefined;
}

/** Prints one line for each run folder in `dir`. */
export async function lsCommand(dir: string): Promise<void> {
  let folders: string[];
  try {
    folders = listRunFolders(dir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new SweepError(`${dir}: no such folder. Sweeps are kept in runs/ of the folder they were started in.`);
  }
  const rows: SweepRow[] = [];
  for (const folder of folders) {
    const { plan, records } = await openRun(folder);
    const summary = summarize(plan.config.name, records);
    const { best } = summary;
    const times = records.flatMap(({ status }) => status?.endedAt ?? status?.startedAt ?? []).sort();
    const at = nameOfBest(summary);
    rows.push({
      folder: basename(folder),
      counts: summary.counts,
      total: records.length,
      best,
      at,
      last: times.at(-1),
    });
  }
  const lines = textTable(
    rows,
    [
      { title: 'sweep', cell: ({ folder }) => folder, style: () => 'bold' },
      { title: 'trials', align: 'right', cell: ({ total }) => String(total) },
      {
        title: 'by status',
        cell: ({ counts }) => STATES.flatMap((state) => (counts[state] ? `${counts[state]} ${state}` : [])).join(', '),
      },
      { title: 'best acc', align: 'right', cell: ({ best }) => (best ? describeBest(best) : '-') },
      { title: 'at', cell: ({ at }) => at },
      { title: 'last change', cell: ({ last }) => last?.slice(0, 16).replace('T', ' ') ?? '' },
    ],
    { paint: terminalPaint(process.stdout) },
  );
  process.stdout.write(rows.length === 0 ? `No sweeps in ${dir}.\n` : `${lines.join('\n')}\n`);
}

const STATES: readonly TrialState[] = ['done', 'diverged', 'pruned', 'failed', 'preempted', 'running', 'queued'];
