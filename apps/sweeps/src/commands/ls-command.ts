import { basename } from 'node:path';
import {
  type BestOfSweep,
  describeBest,
  nameOfBest,
  type SweepSummary,
  summarize,
  type TrialState,
} from '../report/index.js';
import { listRunFolders, type OpenRun, openRun } from '../store/index.js';
import { SweepError } from '../sweep-error.js';
import { terminalPaint } from '../terminal-paint.js';
import { textTable } from '../text/index.js';
import { tellDamage } from './tell-damage.js';

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

/** Prints one line for each run folder in `dir`, with what is damaged of it behind them, and returns the exit code. */
export async function lsCommand(dir: string): Promise<number> {
  let folders: string[];
  try {
    folders = listRunFolders(dir);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    throw new SweepError(`${dir}: no such folder. Sweeps are kept in runs/ of the folder they were started in.`);
  }
  const rows: SweepRow[] = [];
  const damaged = new Set<string>();
  for (const folder of folders) {
    const run = await openRunOf(folder);
    if (typeof run === 'string') {
      damaged.add(run);
      continue;
    }
    const { plan, records } = run;
    for (const line of run.damage) damaged.add(line);
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
  return tellDamage(damaged);
}

/** The run in `folder`, or what keeps it from being read: the others are listed all the same. */
async function openRunOf(folder: string): Promise<OpenRun | string> {
  try {
    return await openRun(folder);
  } catch (error) {
    if (error instanceof SweepError) return error.message;
    throw error;
  }
}

const STATES: readonly TrialState[] = ['done', 'diverged', 'pruned', 'failed', 'preempted', 'running', 'queued'];
