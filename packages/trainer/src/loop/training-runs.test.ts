import { readFileSync } from 'node:fs';
import { adaptiveGradClip, addDecayedWeights, withTransforms } from '@nfnets/agc';
import { useBackend } from '@nfnets/backends';
import { createModel, NFNET, type NFNetSpec, publishedWeights } from '@nfnets/models';
import { sgd } from '@nfnets/optimizers';
import { goldenValues } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import {
  accumulatedStep,
  type Batch,
  type Dataset,
  ema,
  evaluate,
  samStep,
  type TrainingStep,
  train,
  warmupCosine,
} from '../index.js';

/*
 * 200 steps beside PyTorch in float64 (tools/reference/training_runs.py): the same initial weights, batches and masks, and all that
 * the recipe has: dropout, stochastic depth, label smoothing, warm-up and cosine, Nesterov momentum, decay, averages.
 */
interface Run {
  readonly losses: readonly number[];
  /** The losses of the averages on a batch of their own, every 20 steps. */
  readonly averages: readonly number[];
}
const reference = JSON.parse(
  readFileSync(new URL('./__fixtures__/training-runs.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Run>>;

const [STEPS, BATCH, SIDE, CLASSES] = [200, 20, 12, 10];
/** An image for each class. */
const patterns = goldenValues('patterns', CLASSES * SIDE * SIDE * 3);
const SPEC: NFNetSpec = {
  ...NFNET.nfnet_f0,
  stem: [8, 16].map((channels, i) => ({ channels, stride: i === 0 ? 2 : 1 })),
  widths: [16, 32],
  depths: [1, 2],
  strides: [1, 2],
  groupWidth: 8,
  finalChannels: 32,
  dropRate: 0.25,
  stochasticDepthRate: 0.3,
  inputShape: [SIDE, SIDE, 3],
};

/** `golden_weight` of tools/reference. */
function goldenWeight(name: string, shape: readonly number[]): tf.Tensor {
  const u = goldenValues(name, tf.util.sizeFromShape([...shape]));
  const last = name.split('/').at(-1)!;
  const scale = /^b(ias)?$/.test(last) ? 0.05 : /squeeze_excite/.test(name) ? 1 : 0.1;
  return tf.tensor(
    u.map((value) => (/gain/.test(last) ? 1 : 0) + scale * value),
    [...shape],
  );
}

function makeModel() {
  const model = createModel(SPEC, { numClasses: CLASSES });
  const names = publishedWeights(SPEC, 'haiku', CLASSES);
  tf.tidy(() =>
    model.setWeights(
      model.weights.map(({ originalName, shape }) =>
        goldenWeight(names.get(originalName)!.name, shape as readonly number[]),
      ),
    ),
  );
  return model;
}

/** Images of a class have its pattern in them. */
function batchOf(name: string | number): Batch {
  const labels = goldenValues(`labels ${name}`, BATCH).map((u) => Math.trunc(((u + 1) / 2) * CLASSES));
  const size = SIDE * SIDE * 3;
  const images = goldenValues(`images ${name}`, BATCH * size).map(
    (u, i) => u + patterns[labels[Math.floor(i / size)]! * size + (i % size)]!,
  );
  return { images: tf.tensor4d(images, [BATCH, SIDE, SIDE, 3]), labels: tf.tensor1d(labels, 'int32') };
}

const datasetOf = (names: readonly (string | number)[]): Dataset => ({
  length: names.length * BATCH,
  imageShape: [SIDE, SIDE, 3],
  numClasses: CLASSES,
  async *batches() {
    for (const name of names) yield batchOf(name);
  },
});

/** The same run as the reference's, by `train` on the fastest engine here. */
async function run(
  maxLearningRate: number,
  clipFactor: number | undefined,
  step: TrainingStep | undefined,
): Promise<Run> {
  const model = makeModel();
  const optimizer = withTransforms(
    sgd({ learningRate: maxLearningRate }),
    ...(clipFactor === undefined ? [] : [adaptiveGradClip({ clipFactor, exclude: ['linear/kernel'] })]),
    addDecayedWeights({ weightDecay: 1e-3 }),
  );
  const average = ema(model, { decay: 0.95 });
  const [losses, averages]: [number[], number[]] = [[], []];
  for await (const event of train({
    model,
    optimizer,
    data: datasetOf(Array.from({ length: STEPS }, (_, i) => i)),
    epochs: 1,
    batchSize: BATCH,
    seed: 4,
    schedule: warmupCosine({ maxLearningRate, warmupSteps: 20, totalSteps: STEPS }),
    labelSmoothing: 0.1,
    ema: average,
    ...(step && { step }),
  })) {
    if (event.type !== 'step-end') continue;
    losses.push(event.loss);
    if ((event.step + 1) % 20 !== 0) continue;
    const evaluation = await average.withAverage(() => evaluate(model, datasetOf(['evaluation'])));
    averages.push(evaluation.loss);
  }
  average.dispose();
  optimizer.dispose();
  model.dispose();
  return { losses, averages };
}

const { engine } = await useBackend('auto');

it.each([
  ['plain', 0.01, undefined, undefined],
  ['AGC', 0.02, 0.05, undefined],
  ['accumulated', 0.02, 0.05, accumulatedStep({ microBatches: 4 })],
  ['SAM', 0.02, 0.05, samStep()],
  ['SAM on a fifth of the batch', 0.02, 0.05, samStep({ ascentShare: 0.2 })],
  ['SAM of each half', 0.02, 0.05, samStep({ microBatches: 2 })],
  ['ASAM', 0.02, 0.05, samStep({ adaptive: true })],
] as const)(
  `%s has the losses of PyTorch for 200 steps, on ${engine}`,
  { timeout: 180_000 },
  async (name, maxLearningRate, clipFactor, step) => {
    const { losses, averages } = await run(maxLearningRate, clipFactor, step);
    const expected = reference[name]!;
    expect([losses.length, averages.length]).toEqual([STEPS, 10]);
    for (const key of ['losses', 'averages'] as const) {
      const worst = Math.max(...expected[key].map((loss, i) => Math.abs({ losses, averages }[key][i]! - loss) / loss));
      expect(worst, `${key}: largest relative difference`).toBeLessThan(1e-3);
    }
  },
);
