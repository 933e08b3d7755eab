import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { syntheticConfig, syntheticRecords, writeSyntheticRun } from '../../__fixtures__/synthetic-sweep.js';
import { temporaryFolder } from '../../__fixtures__/temporary-folder.js';
import { runFiles } from '../../store/run-folder.js';
import { trialFiles } from '../../store/trial-folder.js';
import { followRun } from './live-run.js';

const records = syntheticRecords({ clipFactors: [0.01, 0.04], batchSizes: [256, 1024], seeds: 2, hasBaseline: false });
/** A run folder in which nothing has started. */
function queuedRun(): string {
  const dir = temporaryFolder();
  writeSyntheticRun(
    dir,
    records.map(({ trial }) => ({ trial, metrics: [] })),
  );
  return dir;
}

it('sees trials start, make steps, and end, and tells of each change once', () => {
  const dir = queuedRun();
  const run = followRun(dir);
  const sweep = run.sweep();
  expect(sweep).toMatchObject({ name: 'synthetic', description: expect.any(String) });
  expect(sweep.axes.map(({ path, values }) => [path, values])).toEqual([
    ['clipFactor', [0.01, 0.04]],
    ['batchSize', [256, 1024]],
    ['seed', [1, 2]],
  ]);
  expect(sweep.trials).toHaveLength(8);
  expect(sweep.trials[0]).toMatchObject({ values: [0.01, 256, 1], state: 'queued', step: 0, steps: 200 });
  expect(run.look()).toEqual({ hasNewPlan: false, trials: [] });

  const { id } = records[0]!.trial;
  const files = trialFiles(runFiles(dir).trial(id));
  const startedAt = '2026-01-01T00:00:00Z';
  writeFileSync(files.status, JSON.stringify({ status: 'running', step: 0, metrics: {}, startedAt }));
  expect(run.look().trials).toMatchObject([{ id, state: 'running', startedAt }]);
  appendFileSync(files.metrics, '{"type":"step","step":7,"loss":2.5}\n');
  expect(run.look().trials).toMatchObject([{ id, step: 7, loss: 2.5 }]);
  expect(run.look().trials).toEqual([]);

  // A status that is being replaced is read at the next look.
  writeFileSync(files.status, '{"status": "do');
  expect(run.look().trials).toEqual([]);
  writeFileSync(
    files.status,
    JSON.stringify({ status: 'diverged', step: 9, reason: 'NaN', metrics: {}, startedAt, endedAt: startedAt }),
  );
  expect(run.look().trials).toMatchObject([{ id, state: 'diverged', step: 9, reason: 'NaN' }]);

  // Tried again.
  rmSync(files.status);
  expect(run.look().trials).toMatchObject([{ id, state: 'queued', step: 0 }]);
});

it('follows a plan that grows, and waits for the folders of its trials', () => {
  const dir = temporaryFolder();
  writeSyntheticRun(dir, records.slice(0, 2));
  const run = followRun(dir);
  expect(run.sweep().trials).toHaveLength(2);
  expect(run.look().hasNewPlan).toBe(false);
  const plan = { format: 1, hash: 'x', config: syntheticConfig(), trials: records.map(({ trial }) => trial.id) };
  writeFileSync(runFiles(dir).plan, JSON.stringify(plan));
  expect(run.look().hasNewPlan).toBe(true);
  expect(run.sweep().trials).toHaveLength(2);
  writeSyntheticRun(dir, records);
  expect(run.look().hasNewPlan).toBe(true);
  expect(run.sweep().trials).toHaveLength(8);
  expect(run.look().hasNewPlan).toBe(false);
  expect(run.hasTrial(records[7]!.trial.id)).toBe(true);
  expect(run.hasTrial('..')).toBe(false);
});

it('looks at what runs every time, and at the others of a large sweep in turn', () => {
  const dir = temporaryFolder();
  const many = syntheticRecords({
    clipFactors: Array.from({ length: 60 }, (_, i) => 0.01 * (i + 1)),
    batchSizes: [256, 512],
    seeds: 10,
    hasBaseline: false,
    steps: 1,
  });
  expect(many).toHaveLength(1200);
  writeSyntheticRun(
    dir,
    many.map(({ trial }) => ({ trial, metrics: [] })),
  );
  const run = followRun(dir);
  run.sweep();
  for (const { trial } of [many[0]!, many[1199]!]) {
    const { status } = trialFiles(runFiles(dir).trial(trial.id));
    writeFileSync(
      status,
      JSON.stringify({ status: 'running', step: 0, metrics: {}, startedAt: '2026-01-01T00:00:00Z' }),
    );
  }
  // A thousand of the 1200 in each look: the second has the rest.
  const seen = [...run.look().trials, ...run.look().trials].map(({ id }) => id);
  expect(seen.sort()).toEqual([many[0]!.trial.id, many[1199]!.trial.id].sort());
});
