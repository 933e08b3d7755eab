import { expect } from 'vitest';
import { freeHosts, start } from './processes.js';
import type { TaskName, TrainedResult, TrainedRun } from './trained-run.js';

/** What each process of a group came to, task by task; `tasksOf` gives those of each. */
export async function trainIn(
  processes: number,
  tasksOf: (index: number) => readonly TaskName[],
): Promise<readonly (readonly TrainedResult[])[]> {
  const hosts = await freeHosts(processes);
  const started = hosts.map((_, index) =>
    start('trained-run.ts', { hosts, index, tasks: tasksOf(index) } satisfies TrainedRun),
  );
  return Promise.all(
    started.map(async ({ ended, lines, complaint }) => {
      expect(await ended, complaint()).toEqual({ code: 0, signal: null });
      return lines as unknown as TrainedResult[];
    }),
  );
}

/** The events of a run, but for times. */
export const timeless = ({ events }: TrainedResult) => events.map((event) => ({ ...event, seconds: 0 }));

/** The largest difference of two lists. */
export const apart = (a: readonly number[], b: readonly number[]) =>
  Math.max(0, ...a.map((value, i) => Math.abs(value - b[i]!)));
