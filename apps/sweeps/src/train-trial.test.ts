import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tinyConfig } from './__fixtures__/quick-config.js';
import { sourceCommand } from './__fixtures__/source-command.js';
import { temporaryFolder } from './__fixtures__/temporary-folder.js';
import { localExecutor } from './local-executor.js';
import { runFiles } from './run-folder.js';
import { runSweep } from './run-sweep.js';
import { type ProgressLine, readMetrics, trialFiles } from './trial-folder.js';

it('trains a network on real digits in a process of its own', async () => {
  const dir = join(temporaryFolder(), 'run');
  const config = tinyConfig(
    'trial.dataset={name: mnist, train: 512, test: 200}',
    'trial.epochs=4',
    'trial.learningRate.base=1.6',
    'trial.warmupEpochs=0.5',
    'axes.clipFactor=0.16',
    'axes.batchSize=32',
  );
  const executor = localExecutor({ parallel: 1, engine: 'wasm', command: sourceCommand });
  const { trials } = await runSweep(config, { dir, executor });
  expect(trials[0]).toMatchObject({ status: 'done', step: 64, steps: 64 });

  const folder = runFiles(dir).trial(trials[0]!.id);
  const lines = readMetrics(folder).filter((line): line is ProgressLine => line.type !== 'clip');
  const losses = lines.filter(({ type }) => type === 'step').map(({ loss }) => loss!);
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  // ln 10 = 2.303 is the loss of a guess.
  expect(losses[0]).toBeGreaterThan(2);
  expect(losses[0]).toBeLessThan(2.6);
  expect(mean(losses.slice(-10))).toBeLessThan(mean(losses.slice(0, 10)) - 0.2);
  // One in ten is a guess.
  expect(trials[0]!.metrics['accuracy']).toBeGreaterThan(0.2);
  expect(lines.filter(({ type }) => type === 'epoch').map(({ accuracy }) => accuracy)).toHaveLength(4);
  // 1.6 * 32 / 256 = 0.2 after 0.5 * 16 = 8 steps of warm-up, from 0.
  expect(lines[0]!.learningRate).toBe(0);
  expect(lines[8]!.learningRate).toBeCloseTo(0.2, 12);
  expect(JSON.parse(readFileSync(trialFiles(folder).environment, 'utf8'))).toMatchObject({
    engine: 'wasm',
    threads: expect.any(Number),
  });
  expect(readFileSync(trialFiles(folder).log, 'utf8')).toBe('');
});
