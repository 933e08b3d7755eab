import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { useBackend } from '@nfnets/backends';
import { describe, expect, it } from 'vitest';
import { tinyConfig } from '../__fixtures__/quick-config.js';
import { sourceCommand } from '../__fixtures__/source-command.js';
import { temporaryFolder } from '../__fixtures__/temporary-folder.js';
import type { EngineName } from '../engines/engine-names.js';
import { localExecutor } from '../execute/local-executor.js';
import { runSweep } from '../execute/run-sweep.js';
import type { ClipLine, ProgressLine } from '../schema/metrics-line.js';
import { runFiles } from '../store/run-folder.js';
import { readMetrics, readStatus, trialFiles } from '../store/trial-folder.js';

const missing = await useBackend('native').then(
  () => undefined,
  () => 'needs TensorFlow: npx nfnets-native',
);
await useBackend('cpu');
const note = missing === undefined ? '' : ` (${missing})`;

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
  // Every second of 64 steps is looked at, to have at most 50; the classifier's kernel is not clipped, its bias is one unit.
  const clips = readMetrics(folder).filter((line): line is ClipLine => line.type === 'clip');
  expect(clips.map(({ step }) => step)).toEqual(Array.from({ length: 32 }, (_, i) => 2 * i + 1));
  const shares = clips.flatMap(({ layers }) => Object.values(layers));
  expect(shares.every((share) => share >= 0 && share <= 1)).toBe(true);
  expect(shares.some((share) => share > 0)).toBe(true);
  expect(new Set(clips.map(({ layers }) => Object.keys(layers).join())).size).toBe(1);
  expect(Object.keys(clips[0]!.layers).length).toBeGreaterThan(5);
  // The largest ratio is above the clip factor where anything was clipped, and there only.
  const largest = clips.flatMap((line) => Object.keys(line.layers).map((layer) => line.largest![layer]!));
  expect(largest.map((ratio) => ratio > 0.16)).toEqual(shares.map((share) => share > 0));
  expect(JSON.parse(readFileSync(trialFiles(folder).environment, 'utf8'))).toMatchObject({
    engine: 'wasm',
    threads: expect.any(Number),
  });
  expect(readStatus(folder)?.computedIn).toBe('float32');
  expect(readFileSync(trialFiles(folder).log, 'utf8')).toBe('');
});

describe('what a trial may be', () => {
  const kinds = (...settings: string[]) =>
    tinyConfig(
      'trial.dataset={name: mnist, train: 256, test: 100}',
      'trial.epochs=null',
      // Of 8 steps an epoch: the training ends in the middle of the first.
      'trial.steps=3',
      'axes.clipFactor=0.16',
      'axes.batchSize=32',
      ...settings,
    );
  const runOn = async (engine: EngineName, ...settings: string[]) => {
    const dir = join(temporaryFolder(), 'run');
    const executor = localExecutor({ parallel: 2, engine, command: sourceCommand });
    const { trials } = await runSweep(kinds(`engine=${engine}`, ...settings), { dir, executor });
    return trials.map((trial) => {
      const folder = runFiles(dir).trial(trial.id);
      return { ...trial, lines: readMetrics(folder), computedIn: readStatus(folder)?.computedIn };
    });
  };
  const run = (...settings: string[]) => runOn('wasm', ...settings);

  it('makes the updates of whole batches from parts of them, and measures averages and a part of an epoch', async () => {
    const [whole, parts] = await run('trial.ema=0.5', 'axes.microBatch=off,8');
    expect([whole!.status, parts!.status, parts!.step]).toEqual(['done', 'done', 3]);
    const losses = (lines: typeof whole) => lines!.lines.flatMap((line) => (line.type === 'step' ? line.loss! : []));
    expect(losses(whole)).toHaveLength(3);
    for (const [i, loss] of losses(whole).entries()) expect(losses(parts)[i]).toBeCloseTo(loss, 4);
    expect(Object.keys(whole!.metrics).sort()).toEqual(['accuracy', 'emaAccuracy', 'emaLoss', 'loss', 'trainLoss']);
    expect(whole!.metrics['emaLoss']).not.toBe(whole!.metrics['loss']);
  });

  it('is computed in float32 where nothing compiles its steps, and with auto', async () => {
    const [trial] = await run('trial.precision=auto');
    expect(trial).toMatchObject({ status: 'done', computedIn: 'float32', config: { precision: 'auto' } });
  });

  it.skipIf(missing !== undefined)(
    `is computed in bfloat16, nearly with the losses of float32${note}`,
    { timeout: 120_000 },
    async () => {
      // Smaller batches stay in float32.
      const trials = await runOn('native', 'axes.precision=float32,bfloat16', 'axes.batchSize=256');
      expect(trials.map(({ status, computedIn }) => [status, computedIn])).toEqual([
        ['done', 'float32'],
        ['done', 'bfloat16'],
      ]);
      const [float32, bfloat16] = trials.map(({ lines }) =>
        lines.flatMap((line) => (line.type === 'step' ? line.loss! : [])),
      );
      expect(float32).toHaveLength(3);
      // Half of 2^-7, what is lost of a number at most, is 0.4 %.
      for (const [i, loss] of float32!.entries()) expect(Math.abs(bfloat16![i]! / loss - 1)).toBeLessThan(0.02);
      expect(bfloat16).not.toEqual(float32);
    },
  );

  it.skipIf(missing !== undefined)(
    `diverges in bfloat16 where it does in float32${note}`,
    { timeout: 120_000 },
    async () => {
      const ruin = ['trial.learningRate={base: 1.0e+38, rule: none}', 'axes.clipFactor=off'];
      const trials = await runOn('native', 'axes.precision=float32,bfloat16', 'axes.batchSize=256', ...ruin);
      expect(trials.map(({ status }) => status)).toEqual(['diverged', 'diverged']);
      expect(trials[1]!.step).toBe(trials[0]!.step);
    },
  );

  it('has diverged where its last update ruins the weights, in the middle of an epoch', async () => {
    const [trial] = await run('trial.steps=1', 'trial.learningRate={base: 1.0e+38, rule: none}', 'axes.clipFactor=off');
    expect(trial).toMatchObject({ status: 'diverged', step: 1, reason: "the evaluation's loss is NaN" });
  });

  it('is of any preset, by SAM too, and fails where a name of a layer fits nothing', async () => {
    const trials = await run(
      'axes.model=resnet_digits,nf_resnet_digits,nfnet_digits',
      'axes.optimizer=muon,stableadamw,adamw',
      'axes.cautious=false,true,false',
      'axes.step={name: plain},{name: sam, ascentShare: 0.5},{name: plain}',
      'axes.clipExclude=[linear],[stem_*],[liner]',
      'zip=[[model, optimizer, cautious, step, clipExclude]]',
    );
    const byModel = Object.fromEntries(trials.map((trial) => [trial.config.model, trial]));
    expect(byModel['resnet_digits']).toMatchObject({ status: 'done', step: 3 });
    // Absent where it is the default, so that trials of before keep their id.
    expect(trials.map(({ config }) => config.cautious)).toEqual([undefined, true, undefined]);
    expect(byModel['nf_resnet_digits']).toMatchObject({ status: 'done', step: 3 });
    expect(byModel['nfnet_digits']).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('trial.clipExclude: "liner" fits no weight of the model; did you mean linear?'),
    });
  });
});
