import { basename } from 'node:path';
import { keysOfSeed } from '../plan/index.js';
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
import { type Paint, textTable } from '../text/index.js';
import { damageCode } from './damage-code.js';
import type { DocumentOf } from './documents/document-parts.js';
import type { lsDocument } from './documents/folder-documents.js';
import { type CommandResult, textOf } from './output/command-result.js';

interface SweepRow {
  readonly folder: string;
  readonly counts: SweepSummary['counts'];
  readonly total: number;
  readonly best?: BestOfSweep;
  /** What tells the best combination from the others. */
  readonly at: string;
  /** When a trial last started or ended. */
  readonly last?: string;
}

/** Tells of each run folder in `dir`, and what is damaged of it. */
export async function lsCommand(dir: string): Promise<CommandResult<DocumentOf<typeof lsDocument>>> {
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
    const summary = summarize(plan.config.name, records, keysOfSeed(plan.config.references));
    const { best } = summary;
    const times = records.flatMap(({ status }) => status?.endedAt ?? status?.startedAt ?? []).sort();
    const last = times.at(-1);
    rows.push({
      folder: basename(folder),
      counts: summary.counts,
      total: records.length,
      ...(best ? { best } : {}),
      at: nameOfBest(summary),
      ...(last ? { last } : {}),
    });
  }
  return {
    data: { dir, sweeps: rows },
    text: (paint) => textOf(rows.length === 0 ? [`No sweeps in ${dir}.`] : sweepTable(rows, paint)),
    warnings: [...damaged],
    exitCode: damageCode([...damaged]),
  };
}

const sweepTable = (rows: readonly SweepRow[], paint: Paint): string[] =>
  textTable(
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
    { paint },
  );

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
