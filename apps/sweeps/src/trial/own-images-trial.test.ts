import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { tinyConfig } from '../__fixtures__/quick-config.js';
import { signalledTrial, sourceCommand } from '../__fixtures__/source-command.js';
import { temporaryFolder } from '../__fixtures__/temporary-folder.js';
import { writePhotos } from '../__fixtures__/write-photos.js';
import { planTrials } from '../plan/plan-trials.js';
import { createTrialFolder, readMetrics, readStatus } from '../store/trial-folder.js';

/** Runs a trial in a process of its own, which kills itself after step `killAt`; resolves to what it ended with. */
async function run(dir: string, killAt?: number): Promise<[number | null, string | null, string]> {
  const [program, ...prefix] = sourceCommand;
  const module = killAt === undefined ? [] : ['--trial-module', signalledTrial];
  const child = spawn(program, [...prefix, 'run-trial', dir, '--engine', 'wasm', '--threads', '1', ...module], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, NF_TEST_SIGNAL: 'SIGKILL', NF_TEST_STEP: String(killAt) },
  });
  let errors = '';
  child.stderr.on('data', (data) => {
    errors += data;
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [code, signal] = await once(child, 'close');
  return [code, signal, errors];
}

/** The lines of a trial, without the time that each took. */
const linesOf = (dir: string) => readMetrics(dir).map(({ seconds, ...line }) => line);

/** Folders for trials of the same 2 epochs of 3 steps on `data`. */
function trialFolders(data: string, count: number): string[] {
  const [trial] = planTrials(
    tinyConfig(
      `trial.dataset={name: image_folder, path: ${data}, train: 24, test: 9, imageSize: 28, testSize: 36, crop: none, augment: cutmix_mixup_randaugment_205}`,
      'trial.epochs=2',
      'trial.microBatch=auto',
      'trial.learningRate.base=1.6',
      'axes.batchSize=8',
      'axes.clipFactor=0.16',
    ),
  );
  return Array.from({ length: count }, (_, i) => {
    const dir = join(temporaryFolder(), String(i));
    createTrialFolder(dir, trial!);
    return dir;
  });
}

it('trains on a folder of image files, and goes on to the same numbers when it was killed', {
  timeout: 120_000,
}, async () => {
  const data = temporaryFolder();
  await writePhotos(data, { train: 10, test: 3 });
  const [whole, broken] = trialFolders(data, 2) as [string, string];
  // Within the second epoch, after the checkpoint of the first.
  const [ended, killed] = await Promise.all([run(whole), run(broken, 5)]);
  expect(ended).toEqual([0, null, '']);
  const lines = readMetrics(whole);
  const losses = lines.flatMap((line) => (line.type === 'step' ? line.loss! : []));
  expect(losses).toHaveLength(6);
  // ln 3 = 1.0986 is the loss of a guess among three classes.
  expect(losses[0]).toBeGreaterThan(0.9);
  expect(losses[0]).toBeLessThan(1.3);
  const { status, metrics } = readStatus(whole)!;
  expect(status).toBe('done');
  // Nine test images, at another size than the training's: one of ten shares.
  expect(metrics['accuracy']! * 9).toBeCloseTo(Math.round(metrics['accuracy']! * 9), 6);

  expect(killed.slice(0, 2)).toEqual([null, 'SIGKILL']);
  expect(linesOf(broken).at(-1)).toMatchObject({ step: 5 });
  expect(await run(broken)).toEqual([0, null, '']);
  expect(linesOf(broken)).toEqual(linesOf(whole));
  expect(readStatus(broken)).toMatchObject({ status: 'done', attempt: 2, metrics });
});
