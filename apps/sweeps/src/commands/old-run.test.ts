import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { expect, it, vi } from 'vitest';
import { silentCommandLine } from '../__fixtures__/silent-command-line.js';
import { sourceCommand } from '../__fixtures__/source-command.js';
import { temporaryFolder } from '../__fixtures__/temporary-folder.js';
import { readMetrics, readStatus, trialFiles } from '../store/trial-folder.js';

vi.mock('../own-command.js', () => ({ ownCommand: () => sourceCommand }));

/**
 * A run folder as version 0.1.0 left it when it was stopped (November 2026, before the source had rooms): one trial done, one
 * diverged, one stopped after 5 of 12 steps with a checkpoint, one that had not begun.
 */
const OLD_RUN = fileURLToPath(new URL('../__fixtures__/old-run', import.meta.url));
const [DONE, STOPPED, DIVERGED, QUEUED] = ['55ff7799a318', '712e461d1da7', '2db59fabf172', '73a7f3123980'] as const;
/** What version 0.1.0 itself made of that checkpoint: the losses of steps 6 to 12, and of the test images after epochs 2 and 3. */
const LOSSES = [
  2.3005170822143555, 2.308354616165161, 2.295574188232422, 2.2944908142089844, 2.2955353260040283, 2.3038482666015625,
  2.299625873565674,
];
const TEST_LOSSES = [2.297126651312628, 2.296276129066696];

const nfSweeps = silentCommandLine();

/** A copy of the old run folder, to be worked on. */
function oldRun(): string {
  const dir = join(temporaryFolder(), 'old-run');
  cpSync(OLD_RUN, dir, { recursive: true });
  const state = join(trialFiles(join(dir, 'trials', STOPPED)).checkpoints, 'step-00000005', 'state.safetensors');
  writeFileSync(state, gunzipSync(readFileSync(`${state}.gz`)));
  rmSync(`${state}.gz`);
  return dir;
}

it('a run folder of an older version is listed, reported and exported', async () => {
  const dir = oldRun();
  expect(await nfSweeps('plan', join(dir, 'old-run.yaml'), '--out', dir)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      /55ff7799a318 {2}done\n.*712e461d1da7 {2}preempted\n.*2db59fabf172 {2}diverged\n.*73a7f3123980 {2}to run\n\n4 trials, 2 to run/,
    ) as string,
  });
  expect(await nfSweeps('report', dir)).toMatchObject({ code: 0, stderr: '' });
  const { stdout } = await nfSweeps('export', dir, '--format', 'json');
  expect(JSON.parse(stdout)).toMatchObject([
    { id: DONE, status: 'done', step: 24, accuracy: 0.12, loss: 2.296008980028148, learningRate: 0.025 },
    { id: STOPPED, status: 'preempted', step: 5, steps: 12, batchSize: 64 },
    { id: DIVERGED, status: 'diverged', step: 3, lostAt: 3, learningRate_base: 1e12 },
    { id: QUEUED, status: 'queued', step: 0 },
  ]);
});

it('a run folder of an older version is resumed: what is finished is kept, what was stopped goes on from its checkpoint', {
  timeout: 300_000,
}, async () => {
  const dir = oldRun();
  const kept = [DONE, DIVERGED].map((id) => trialFiles(join(dir, 'trials', id)));
  const before = kept.map(({ status, metrics }) => [readFileSync(status, 'utf8'), readFileSync(metrics, 'utf8')]);
  const stopped = join(dir, 'trials', STOPPED);
  const linesBefore = readMetrics(stopped);

  const { code, stdout, stderr } = await nfSweeps('run', join(dir, 'old-run.yaml'), '--out', dir);
  expect(stderr).toBe('');
  expect(stdout).toContain('4 trials: 2 to run, 2 kept from earlier runs');
  expect(stdout).toContain('continues at step 5');
  expect(code).toBe(0);

  expect(kept.map(({ status, metrics }) => [readFileSync(status, 'utf8'), readFileSync(metrics, 'utf8')])).toEqual(
    before,
  );
  const lines = readMetrics(stopped);
  expect(lines.slice(0, linesBefore.length)).toEqual(linesBefore);
  const after = lines.slice(linesBefore.length);
  const losses = (type: 'step' | 'epoch') => after.flatMap((line) => (line.type === type ? line.loss : []));
  expect(losses('step')).toHaveLength(LOSSES.length);
  // Sums in another order, on another number of threads.
  for (const [i, loss] of losses('step').entries()) expect(loss).toBeCloseTo(LOSSES[i]!, 5);
  for (const [i, loss] of losses('epoch').entries()) expect(loss).toBeCloseTo(TEST_LOSSES[i]!, 5);
  expect(readStatus(stopped)).toMatchObject({ status: 'done', step: 12, attempt: 2, metrics: { accuracy: 0.12 } });
  expect(readStatus(join(dir, 'trials', QUEUED))).toMatchObject({ status: 'diverged', lostAt: 3, attempt: 1 });
  expect(JSON.parse(readFileSync(join(dir, 'summary.json'), 'utf8'))).toMatchObject({
    counts: { done: 2, diverged: 2 },
    best: { trials: [DONE] },
  });
});
