import { appendFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { tinyConfig } from '../__fixtures__/quick-config.js';
import { temporaryFolder } from '../__fixtures__/temporary-folder.js';
import { planTrials } from '../plan/plan-trials.js';
import type { TrialStatus } from '../schema/trial-status.js';
import { readPruneReason } from '../store/prune-request.js';
import { readRecords, runFiles } from '../store/run-folder.js';
import { trialFiles } from '../store/trial-folder.js';
import { trialLine } from '../store/trial-lines.js';
import { metricHistory, prunerOf } from './prune-trials.js';

const CONFIG = tinyConfig(
  'trial.epochs=8',
  'axes.batchSize=256,512',
  'axes.clipFactor=0.01',
  'prune={rule: median, minTrials: 1, warmup: 2}',
);
const TRIALS = planTrials(CONFIG);
const [A, B] = TRIALS.map(({ id }) => id) as [string, string];

const end = (epoch: number, loss: number | null, accuracy = 0.5) =>
  ({ type: 'epoch', epoch, step: epoch, samples: epoch, trainLoss: 1, loss: loss as number, accuracy }) as const;

/** A run folder in which trials made epochs with these losses. */
function folder(
  losses: Readonly<Record<string, readonly (number | null)[]>>,
  status: TrialStatus['status'] = 'preempted',
) {
  const dir = temporaryFolder();
  for (const [id, values] of Object.entries(losses)) {
    const files = trialFiles(runFiles(dir).trial(id));
    mkdirSync(runFiles(dir).trial(id), { recursive: true });
    writeFileSync(files.status, JSON.stringify({ status, step: 1, metrics: {}, startedAt: '2026-01-01T00:00:00Z' }));
    // As older versions wrote it: null for NaN.
    writeFileSync(
      files.metrics,
      values.map((loss, i) => `${JSON.stringify({ ...end(i + 1, loss), seconds: i })}\n`).join(''),
    );
  }
  return dir;
}

const pruner = (dir: string) => prunerOf(CONFIG, dir, readRecords(dir, TRIALS))!;
const isPruned = (dir: string, id: string) => existsSync(trialFiles(runFiles(dir).trial(id)).prune);

it('compares with all epochs of a trial that goes on from a checkpoint', () => {
  const dir = folder({ [A]: [0.9, 0.8, 0.7], [B]: [] });
  const { watch } = pruner(dir);
  watch(A, { type: 'resume', step: 3 });
  watch(A, end(4, 0.5));
  // The mean of A's first two is 0.85, of all four 0.725.
  watch(B, end(1, 0.95));
  watch(B, end(2, 0.84));
  watch(B, end(3, 0.6));
  watch(B, end(4, 0.6));
  expect(isPruned(dir, B)).toBe(false);
});

it('reads the epochs that another process saw', () => {
  const dir = folder({ [A]: [0.9], [B]: [] });
  const { watch } = pruner(dir);
  const { metrics } = trialFiles(runFiles(dir).trial(A));
  for (const epoch of [2, 3]) appendFileSync(metrics, `${trialLine(end(epoch, 0.1))}\n`);
  watch(A, end(4, 0.1));
  for (const epoch of [1, 2]) watch(B, end(epoch, 0.6));
  // (0.9 + 0.1) / 2 = 0.5.
  expect(readPruneReason(runFiles(dir).trial(B))).toBe(
    'its best loss after epoch 2, 0.6000, is worse than the median of 1 others, 0.5000',
  );
});

it('is not misled by a trial whose loss was lost, live or in the files of any version', () => {
  const dir = folder({ [A]: [null, null], [B]: [] }, 'diverged');
  for (const epoch of [1, 2]) pruner(dir).watch(B, end(epoch, 2.3));
  const { watch } = pruner(folder({}));
  for (const epoch of [1, 2]) watch(A, end(epoch, null));
  for (const epoch of [1, 2]) watch(B, end(epoch, 2.3));
  expect(isPruned(dir, B)).toBe(false);
});

it('decides after a restart as it would have without', () => {
  const dir = folder({ [A]: [0.4, 0.4, 0.4], [B]: [0.6] });
  pruner(dir).watch(B, end(2, 0.6));
  expect(isPruned(dir, B)).toBe(true);
});

it('does not take a damaged request for one', () => {
  const dir = folder({ [A]: [] });
  for (const text of ['', '{', '[]', '{"reason":3}']) {
    writeFileSync(trialFiles(runFiles(dir).trial(A)).prune, text);
    expect(readPruneReason(runFiles(dir).trial(A))).toBeUndefined();
  }
});

it('a history has a place for each epoch', () => {
  expect(metricHistory([end(1, 3), end(4, 2)], 'loss')).toEqual([3, Number.NaN, Number.NaN, 2]);
  expect(metricHistory([end(2, null)], 'loss', [1])).toEqual([1, Number.NaN]);
  expect(metricHistory([{ epoch: 1, loss: 1 }], 'accuracy')).toEqual([Number.NaN]);
  // Ten per cent of the images are right by chance, and no peer is measured by them.
  expect(metricHistory([end(1, 2, 0.3), end(2, Number.NaN, 0.1)], 'accuracy')).toEqual([0.3, Number.NaN]);
});
