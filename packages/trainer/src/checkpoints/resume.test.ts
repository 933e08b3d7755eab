import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useBackend } from '@nfnets/backends';
import { adam, adamW, lamb, lars, muon, rmspropTF, stableAdamW } from '@nfnets/optimizers';
import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { samStep } from '../index.js';
import { checkpoints } from '../node.js';
import {
  clippedBy,
  clippedByHistory,
  EPOCH_STEPS,
  REMEMBERING,
  type ResumableRun,
  resumableRun,
  STEPS,
} from './__fixtures__/resumable-run.js';

const root = mkdtempSync(join(tmpdir(), 'nfnets-resume-'));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;
const newFolder = () => join(root, `run-${folders++}`);

const missing = await useBackend('native').then(
  () => undefined,
  () => 'needs TensorFlow: npx nfnets-native',
);
await tf.setBackend('cpu');
const note = missing === undefined ? '' : ` (${missing})`;
afterEach(async () => {
  await tf.setBackend('cpu');
});

/** Runs undisturbed, then stops after `stops` and goes on each time: everything must come out the same. */
async function expectSameWhenResumed(run: ResumableRun, stops: readonly number[]): Promise<void> {
  const whole = await resumableRun(run);
  expect(Object.keys(whole.losses).length).toBe(STEPS);
  expect(new Set(Object.values(whole.losses)).size).toBe(STEPS);
  expect(whole.iterations).toBe(STEPS);
  const folder = newFolder();
  let from = 0;
  for (const stopAfter of [...stops, undefined]) {
    const checkpoint = checkpoints(folder, { everySteps: 3 });
    const part = await resumableRun({
      ...run,
      checkpoint,
      spoil: from > 0,
      ...(stopAfter !== undefined && { stopAfter }),
    });
    expect(part.resumed?.steps ?? 0).toBe(from);
    for (const [step, loss] of Object.entries(part.losses)) expect(loss, `step ${step}`).toBe(whole.losses[+step]);
    for (const epoch of part.epochs) expect(epoch).toEqual(whole.epochs[epoch.epoch]);
    // Saved after every third step, unless the run was left at that step's event, and after every epoch.
    const made = stopAfter ?? STEPS;
    from = Math.max(made - (made % 3), made - (made % EPOCH_STEPS));
    if (stopAfter !== undefined) continue;
    expect(part.weights).toEqual(whole.weights);
    expect(part.averages).toEqual(whole.averages);
    expect(part.iterations).toBe(whole.iterations);
  }
}

describe('a run that is stopped and resumed', () => {
  it('goes on bit for bit, also within an epoch', async () => {
    await expectSameWhenResumed({ net: 'dense' }, [4, 9, 10, 17, 28]);
  });

  const tfOptimizers: [string, () => tf.Optimizer][] = [
    ['sgd', () => tf.train.sgd(0.1)],
    ['momentum', () => tf.train.momentum(0.1, 0.9, true)],
    ['rmsprop', () => tf.train.rmsprop(0.01, 0.9, 0.5)],
    ['adam', () => tf.train.adam(0.01)],
    ['adagrad', () => tf.train.adagrad(0.1)],
    ['adadelta', () => tf.train.adadelta(0.1)],
  ];
  const ourOptimizers: [string, () => tf.Optimizer][] = [
    ['adam', () => adam({ learningRate: 0.01 })],
    ['adamW', () => adamW({ learningRate: 0.01, weightDecay: 0.01 })],
    ['stableAdamW', () => stableAdamW({ learningRate: 0.01 })],
    ['muon', () => muon({ learningRate: 0.01, weightDecay: 0.01 })],
    ['lars', () => lars({ learningRate: 0.1 })],
    ['lamb', () => lamb({ learningRate: 0.01 })],
    ['rmspropTF', () => rmspropTF({ learningRate: 0.01 })],
  ];
  it.each(ourOptimizers)('goes on bit for bit with %s of @nfnets/optimizers', async (_, makeOptimizer) => {
    await expectSameWhenResumed({ net: 'dense', makeOptimizer }, [11, 19]);
  });

  it.each(tfOptimizers)('goes on bit for bit with tf.train.%s', async (_, makeOptimizer) => {
    await expectSameWhenResumed({ net: 'dense', makeOptimizer }, [11, 19]);
  });

  it.each([
    ['all', clippedByHistory] as const,
    ...Object.keys(REMEMBERING).map((name) => [name, clippedBy(name)] as const),
  ])('goes on bit for bit behind the clipping of %s, also within its warm-up', async (_, makeOptimizer) => {
    const [plain, clipped] = [
      await resumableRun({ net: 'dense' }),
      await resumableRun({ net: 'dense', makeOptimizer }),
    ];
    // It has something to do.
    expect(clipped.weights).not.toEqual(plain.weights);
    await expectSameWhenResumed({ net: 'dense', makeOptimizer }, [4, 9, 10, 17, 28]);
  });

  it('is refused at the start with an optimizer that cannot say its state', async () => {
    const run = {
      net: 'dense',
      makeOptimizer: () => tf.train.adamax(0.01),
      checkpoint: checkpoints(newFolder()),
    } as const;
    await expect(resumableRun(run)).rejects.toThrow(
      'checkpoint: Adamax does not tell its state (getWeights() is not implemented for Adamax yet.), so that it cannot be resumed.',
    );
  });

  it('ends at once when it was at its end', async () => {
    const folder = newFolder();
    const whole = await resumableRun({ net: 'dense', checkpoint: checkpoints(folder) });
    const again = await resumableRun({ net: 'dense', checkpoint: checkpoints(folder), spoil: true });
    expect(again.resumed).toMatchObject({ steps: STEPS, epoch: 3, refused: [] });
    expect(again.losses).toEqual({});
    expect(again.weights).toEqual(whole.weights);
  });

  it('keeps what the divergence detector has seen', async () => {
    // From a rate of 60 on all losses are far above the first: the fourth bad one ends the run.
    const change = { schedule: (step: number) => (step < 5 ? 0.1 : 60), divergence: { patience: 4 } };
    const run = { net: 'dense', change } as const;
    const whole = await resumableRun(run);
    const last = Math.max(...Object.keys(whole.losses).map(Number));
    expect(last).toBeLessThan(STEPS - 1);
    const folder = newFolder();
    await resumableRun({ ...run, checkpoint: checkpoints(folder, { everySteps: 1 }), stopAfter: last - 1 });
    const rest = await resumableRun({ ...run, checkpoint: checkpoints(folder, { everySteps: 1 }) });
    expect(rest.losses).toEqual({ [last - 1]: whole.losses[last - 1], [last]: whole.losses[last] });
  });

  it.each([
    [{ batchSize: 4 }, '`batchSize` was 8 and is 4'],
    [{ seed: 5, partialBatch: 'keep' }, '`partialBatch` was "drop" and is "keep"; `seed` was 4 and is 5'],
  ] as const)('is refused for another task: %j', async (change, message) => {
    const folder = newFolder();
    await resumableRun({ net: 'dense', checkpoint: checkpoints(folder, { everySteps: 2 }), stopAfter: 3 });
    const run = { net: 'dense', checkpoint: checkpoints(folder), change } as const;
    await expect(resumableRun(run)).rejects.toThrow(`step-00000002 is of another task: ${message}. Use another folder`);
  });

  it('is refused for another optimizer, and another network', async () => {
    const folder = newFolder();
    const checkpoint = checkpoints(folder, { everySteps: 2 });
    await resumableRun({ net: 'dense', checkpoint, stopAfter: 3 });
    await expect(resumableRun({ net: 'dense', checkpoint, makeOptimizer: () => tf.train.adam() })).rejects.toThrow(
      '`optimizer` was "MomentumSGD" and is "Adam"',
    );
    await expect(resumableRun({ net: 'nfnet', checkpoint })).rejects.toThrow('`imageShape` was [2] and is [12,12,3]');
  });
});

describe('on wasm', () => {
  it.each<[string, boolean, Partial<ResumableRun>]>([
    ['plain', false, {}],
    ['SAM', false, { change: { step: samStep() } }],
    ['behind all clipping that remembers', false, { makeOptimizer: clippedByHistory }],
    ['plain, compiled', true, {}],
    ['SAM, compiled', true, { change: { step: samStep() } }],
    ['behind all clipping that remembers, compiled', true, { makeOptimizer: clippedByHistory }],
    ...Object.keys(REMEMBERING).map((name): [string, boolean, Partial<ResumableRun>] => [
      `behind ${name}, compiled`,
      true,
      { makeOptimizer: clippedBy(name) },
    ]),
  ])('a run that is resumed goes on bit for bit: %s', async (_, compile, run) => {
    await useBackend('wasm');
    await expectSameWhenResumed({ net: 'nfnet', compile, ...run }, [7, 19]);
  });
});

describe.skipIf(missing !== undefined)(`on native${note}`, () => {
  it('a compiled run that is resumed goes on bit for bit', { timeout: 120_000 }, async () => {
    await useBackend('native');
    await expectSameWhenResumed({ net: 'nfnet', compile: true }, [13]);
  });

  it.each([
    ['eager', false],
    ['compiled', true],
  ])('a run behind all clipping that remembers does so: %s', { timeout: 120_000 }, async (_, compile) => {
    await useBackend('native');
    await expectSameWhenResumed({ net: 'nfnet', compile, makeOptimizer: clippedByHistory }, [7, 19]);
  });
});

describe.each([
  ['cpu', 'dense', ''],
  ['native', 'nfnet', note],
] as const)('a run begun on wasm and resumed on %s', (engine, net, note) => {
  it.skipIf(note !== '')(`goes on with nearly the same losses${note}`, { timeout: 120_000 }, async () => {
    const folder = newFolder();
    await useBackend('wasm');
    const whole = await resumableRun({ net });
    await resumableRun({ net, checkpoint: checkpoints(folder, { everySteps: 5 }), stopAfter: 16 });
    await useBackend(engine);
    const rest = await resumableRun({ net, checkpoint: checkpoints(folder), spoil: true });
    expect(rest.resumed?.steps).toBe(15);
    expect(rest.start?.isCompiled).toBe(engine === 'native');
    for (let step = 15; step < STEPS; step++) {
      expect(Math.abs(rest.losses[step]! / whole.losses[step]! - 1), `step ${step}`).toBeLessThan(1e-4);
    }
  });
});
