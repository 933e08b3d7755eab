import { basename } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { TrialRecord } from '../../../schema/index.js';
import {
  listRunFolders,
  openRun,
  readPlan,
  readRecord,
  runFiles,
  type StoredPlan,
  trialFiles,
} from '../../../store/index.js';
import { stampOf } from '../file-stamp.js';
import type { Followed, Look } from '../live-feed.js';
import { damagedRow, lastWritten, type SweepRow, sweepRow, unreadRow } from './sweep-row.js';

/** What a subscriber is told of a folder of sweeps. */
export type HomeMessage =
  | { readonly type: 'sweeps'; readonly dir: string; readonly sweeps: readonly SweepRow[]; readonly problem?: string }
  | { readonly type: 'changed'; readonly sweeps: readonly SweepRow[] };

interface KnownSweep {
  readonly dir: string;
  row: SweepRow;
  planStamp: string;
  plan?: StoredPlan;
  records: TrialRecord[];
  /** Of the status files of `records`. */
  stamps: string[];
  damage: readonly string[];
}

/** Milliseconds after which a look that reads sweeps for the first time tells what it has. */
const SLICE = 40;
/** Trials that have ended are looked at in parts of this size, so that a look stays cheap in large folders. */
const PART = 1000;

/** Follows all run folders in the folder `root` by looking at the times and sizes of their files. Writes nothing. */
export function followSweeps(root: string): Followed<SweepRow, HomeMessage> {
  let known = new Map<string, KnownSweep>();
  let problem: string | undefined;
  let next = 0;

  /** Whether the folder has other sweeps than before. */
  const list = (): boolean => {
    const before = [...known.keys()].join('\0') + problem;
    let dirs: string[] = [];
    problem = undefined;
    try {
      dirs = listRunFolders(root);
    } catch (error) {
      problem = `${root} cannot be read (${(error as NodeJS.ErrnoException).code}): it may have been deleted or moved.`;
    }
    known = new Map(dirs.map((dir) => [basename(dir), known.get(basename(dir)) ?? unread(dir)]));
    return [...known.keys()].join('\0') + problem !== before;
  };

  /** Reads sweeps that have not been, the newest first, for a while. */
  const readSome = async (unread: readonly KnownSweep[]): Promise<Look<SweepRow>> => {
    const changed: SweepRow[] = [];
    const end = performance.now() + SLICE;
    const inOrder = unread.toSorted((a, b) => b.row.written.localeCompare(a.row.written));
    for (const sweep of inOrder) {
      await read(sweep);
      changed.push(sweep.row);
      if (performance.now() > end) break;
      // Requests in between: the page itself is one.
      await setImmediate();
    }
    return { isWhole: false, changed, hasMore: changed.length < unread.length };
  };

  return {
    async look() {
      if (list()) return { isWhole: true, changed: [], hasMore: true };
      const unread = [...known.values()].filter(({ planStamp }) => planStamp === '');
      if (unread.length > 0) return readSome(unread);
      const all = [...known.values()];
      const total = all.reduce((sum, { records }) => sum + records.length, 0);
      const isDue = (place: number) => (place - next + total) % total < PART;
      let place = 0;
      const changed: SweepRow[] = [];
      let hasMore = false;
      for (const sweep of all) {
        const first = place;
        place += sweep.records.length;
        if (stampOf(runFiles(sweep.dir).plan) !== sweep.planStamp) {
          sweep.planStamp = '';
          hasMore = true;
        } else if (lookAt(sweep, (i) => isDue(first + i))) changed.push(sweep.row);
      }
      next = total === 0 ? 0 : (next + PART) % total;
      return { isWhole: false, changed, hasMore };
    },
    keyOf: ({ folder }) => folder,
    whole: () => ({
      type: 'sweeps',
      dir: root,
      sweeps: [...known.values()].map(({ row }) => row),
      ...(problem === undefined ? {} : { problem }),
    }),
    part: (sweeps) => ({ type: 'changed', sweeps }),
  };
}

const unread = (dir: string): KnownSweep => ({
  ...{ dir, row: unreadRow(dir), planStamp: '', records: [], stamps: [], damage: [] },
});

const statusStamp = (dir: string, id: string) => stampOf(trialFiles(runFiles(dir).trial(id)).status);

/** Reads all of `sweep`; what keeps it from being read becomes its row. */
async function read(sweep: KnownSweep): Promise<void> {
  const { dir } = sweep;
  // From before the files are read: what changes in between is found at the next look.
  sweep.planStamp = stampOf(runFiles(dir).plan);
  try {
    const before = new Map(readPlan(dir)?.trials.map((id) => [id, statusStamp(dir, id)]));
    const { plan, records, damage } = await openRun(dir, { isReadOnly: true });
    const stamps = records.map(({ trial }) => before.get(trial.id) ?? '');
    Object.assign(sweep, {
      plan,
      records,
      stamps,
      damage: [...damage],
      row: sweepRow(dir, plan, records, [...damage]),
    });
  } catch (error) {
    Object.assign(sweep, { plan: undefined, records: [], stamps: [], row: damagedRow(dir, (error as Error).message) });
  }
}

/** Reads what changed of `sweep`, of the trials that may run on or are due; whether its row is another. */
function lookAt(sweep: KnownSweep, isDue: (i: number) => boolean): boolean {
  const { dir, plan, records, stamps } = sweep;
  if (!plan) return false;
  let hasChanged = false;
  records.forEach(({ trial, status }, i) => {
    if (status?.endedAt !== undefined && !isDue(i)) return;
    const stamp = statusStamp(dir, trial.id);
    if (stamp === stamps[i]) return;
    stamps[i] = stamp;
    records[i] = readRecord(dir, trial);
    hasChanged = true;
  });
  const { row } = sweep;
  if (hasChanged) sweep.row = sweepRow(dir, plan, records, sweep.damage);
  else if (row.state === 'running') sweep.row = { ...row, written: lastWritten(dir, records) };
  return hasChanged || sweep.row.written !== row.written;
}
