import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isFinished } from '../src/schema/trial-status.js';
import { readPlan, readPlannedTrials, readRecords, runFiles } from '../src/store/run-folder.js';
import { readMetrics } from '../src/store/trial-folder.js';

/** What a run folder holds, after everything that was done to it. */
export interface RunFindings {
  readonly planned: number;
  readonly folders: number;
  /** Trials with their one final record. */
  readonly finished: number;
  /** Trials whose computation was begun more than once: something was killed on the way. */
  readonly interrupted: number;
  /** Trials that were computed to the end more than once. */
  readonly computedTwice: readonly string[];
  /** Trials whose steps are not each there once, in their order. */
  readonly brokenSteps: readonly string[];
}

/** Examines the run folder `dir`. */
export function examineRun(dir: string): RunFindings {
  const trials = readPlannedTrials(dir, readPlan(dir)!);
  const notes = (id: string, what: string) =>
    readText(join(runFiles(dir).trial(id), 'notes.txt'))
      .split('\n')
      .filter((line) => line.startsWith(what)).length;
  const ids = trials.map(({ id }) => id);
  return {
    planned: ids.length,
    folders: readdirSync(join(dir, 'trials')).length,
    finished: readRecords(dir, trials).filter(({ status }) => isFinished(status)).length,
    interrupted: ids.filter((id) => notes(id, 'begin') > 1).length,
    computedTwice: ids.filter((id) => notes(id, 'end') > 1),
    brokenSteps: ids.filter((id) => {
      const steps = readMetrics(runFiles(dir).trial(id)).flatMap(({ type, step }) => (type === 'step' ? step : []));
      return steps.length === 0 || steps.some((step, i) => step !== i + 1);
    }),
  };
}

/** All records of the trials in `dir` as text, by path, to see whether anything writes there. */
export function snapshot(dir: string): ReadonlyMap<string, string> {
  const paths = readdirSync(join(dir, 'trials'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'log.txt')
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !/[/\\](lease|lost|staged)-/.test(path));
  return new Map(paths.map((path) => [path, readText(path)]));
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
