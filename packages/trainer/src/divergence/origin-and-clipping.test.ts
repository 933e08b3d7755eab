import { adaptiveGradClip, clipMeter, clipStats, withTransforms } from '@nfnets/agc';
import { useBackend } from '@nfnets/backends';
import { sgd } from '@nfnets/optimizers';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { points } from '../__fixtures__/small-classifier.js';
import {
  accumulatedStep,
  type RunDiverged,
  type StepEnd,
  samStep,
  type TrainEvent,
  type TrainTask,
  train,
} from '../index.js';

const missing = await useBackend('native').then(
  () => undefined,
  () => 'needs TensorFlow: npx nfnets-native',
);

/** Three layers of known names, each time with the same weights. */
function makeModel() {
  const dense = (name: string, units: number, seed: number, inputShape?: number[]) =>
    tf.layers.dense({
      name,
      units,
      activation: name === 'linear' ? 'linear' : 'relu',
      kernelInitializer: tf.initializers.varianceScaling({ seed }),
      ...(inputShape && { inputShape }),
    });
  return tf.sequential({ layers: [dense('first', 8, 1, [2]), dense('second', 8, 2), dense('linear', 3, 3)] });
}

interface Run {
  readonly events: TrainEvent[];
  readonly steps: StepEnd[];
  readonly end: RunDiverged;
}

/** Runs 12 steps, and `breakAfter` after each of them. */
async function run(
  change: Partial<TrainTask>,
  breakAfter?: (model: tf.LayersModel, step: number) => void,
): Promise<Run> {
  const model = makeModel();
  const optimizer = change.optimizer ?? sgd({ learningRate: 0.1 });
  const events: TrainEvent[] = [];
  try {
    for await (const event of train({
      model,
      data: points(24),
      epochs: 4,
      batchSize: 8,
      seed: 0,
      ...change,
      optimizer,
    })) {
      events.push(event);
      if (event.type === 'step-end') breakAfter?.(model, event.step);
    }
  } finally {
    optimizer.dispose();
    model.dispose();
  }
  const steps = events.filter((event): event is StepEnd => event.type === 'step-end');
  return { events, steps, end: events.at(-1) as RunDiverged };
}

/** Sets a weight, `layer/kernel` or `layer/bias`, to values of its flat index. */
function setWeight(model: tf.LayersModel, name: string, value: (index: number) => number): void {
  const [layer, kind] = name.split('/');
  const variable = model.getLayer(layer!).weights[kind === 'kernel' ? 0 : 1]!.read() as tf.Variable;
  tf.tidy(() =>
    variable.assign(
      tf.tensor(
        Array.from({ length: variable.size }, (_, i) => value(i)),
        variable.shape,
      ),
    ),
  );
}

const engines = ['cpu', ...(missing === undefined ? ['tensorflow'] : [])];
const note = missing === undefined ? '' : ` (compiled: ${missing})`;

describe.each(engines)(`on %s${note}`, (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });
  const isCompiled = backend === 'tensorflow';

  it('measures clipping every so many steps', async () => {
    const options = { clipFactor: 0.05, exclude: ['linear/kernel'] };
    const agc = () => withTransforms(sgd({ learningRate: 0.1 }), adaptiveGradClip(options));
    const plain = await run({ optimizer: agc() });
    const { events, steps } = await run({ optimizer: agc(), clipStats: { meter: clipMeter(options), everySteps: 5 } });
    expect(events[0]).toMatchObject({ type: 'run-start', isCompiled });
    expect(steps.filter(({ clipStats }) => clipStats).map(({ step }) => step)).toEqual([0, 5, 10]);
    for (const [i, { loss }] of steps.entries()) expect(loss).toBeCloseTo(plain.steps[i]!.loss, 5);
    const [stats] = steps.map(({ clipStats }) => clipStats!);
    // Kernels count a unit an output, biases one; the classifier's kernel is left out.
    expect(stats!.map(({ layer, units }) => [layer, units])).toEqual([
      ['first', 9],
      ['second', 9],
      ['linear', 1],
    ]);
    for (const { clippedUnits, largestRatio } of stats!) {
      expect(largestRatio).toBeGreaterThan(0);
      expect(clippedUnits > 0).toBe(largestRatio > 0.05);
    }
    // Not what was recorded, but what each step has.
    expect(
      new Set(steps.filter(({ clipStats }) => clipStats).map(({ clipStats }) => clipStats![0]!.largestRatio)).size,
    ).toBe(3);
  });

  it.each([
    ['accumulated', accumulatedStep({ microBatches: 2 })],
    ['SAM', samStep()],
  ])('measures the one gradient that is applied: %s', async (_, step) => {
    const { steps } = await run({ step, epochs: 1, clipStats: { meter: clipMeter(), everySteps: 1 } });
    expect(steps.map(({ clipStats }) => clipStats!.length)).toEqual([3, 3, 3]);
  });

  // Above the limit first, as runs are that diverge: a compiled one looks closer from then on.
  const mislead = (model: tf.LayersModel) => setWeight(model, 'linear/bias', (i) => [900, 0, -900][i]!);

  it('names the layer whose weights are not finite, the nearest to the output', async () => {
    const { end } = await run({}, (model, step) => {
      if (step === 2) mislead(model);
      if (step === 3) for (const layer of ['first', 'second']) setWeight(model, `${layer}/kernel`, () => Number.NaN);
    });
    expect(end).toMatchObject({ type: 'run-diverged', kind: 'non-finite-loss', layer: 'second' });
    expect(end.reason).toBe('the loss is NaN: the layer `second` has weights that are not finite');
  });

  it('names the first layer whose output is not finite', async () => {
    const { end } = await run({}, (model, step) => {
      if (step === 2) mislead(model);
      // The first layer gives 1e30 and more, the second 1e60.
      if (step === 3) {
        setWeight(model, 'first/bias', () => 1e30);
        setWeight(model, 'second/kernel', () => 1e30);
      }
    });
    expect(end).toMatchObject({ type: 'run-diverged', kind: 'non-finite-loss', layer: 'second' });
    expect(end.reason).toMatch(
      /^the loss is (NaN|Infinity): the layer `second` is the first whose output is not finite$/,
    );
  });
});

it('names the layer whose gradient is not finite', async () => {
  await tf.setBackend('cpu');
  const broken = (...[gradients]: Parameters<ReturnType<typeof clipMeter>>) => {
    const { values, read } = clipMeter()(gradients);
    const ratio = (layer: string) => (layer === 'linear' ? 0.1 : Number.NaN);
    return { values, read: (v: ArrayLike<number>) => read(v).map((it) => ({ ...it, largestRatio: ratio(it.layer) })) };
  };
  const { end } = await run({ clipStats: { meter: broken, everySteps: 2 } });
  expect(end).toEqual({
    type: 'run-diverged',
    kind: 'non-finite-gradient',
    step: 0,
    epoch: 0,
    layer: 'second',
    lostAt: 0,
    reason: 'the gradient of the layer `second` is not finite',
    loss: expect.any(Number),
  });
});

it('measures what clipStats does of the same gradients', async () => {
  await tf.setBackend('cpu');
  const seen: Awaited<ReturnType<typeof clipStats>>[] = [];
  const waiting: Promise<unknown>[] = [];
  const meter = (...[gradients]: Parameters<ReturnType<typeof clipMeter>>) => {
    waiting.push(clipStats(gradients).then((stats) => seen.push(stats)));
    return clipMeter()(gradients);
  };
  const { steps } = await run({ epochs: 1, clipStats: { meter, everySteps: 1 } });
  await Promise.all(waiting);
  expect(steps.map((step) => step.clipStats)).toEqual(seen);
});

it('refuses a meter that is none', async () => {
  const clip = { meter: 'agc' as never };
  await expect(run({ clipStats: clip })).rejects.toThrow(
    'train: `clipStats.meter` must be a function such as clipMeter() of @nfnets/agc makes, got "agc".',
  );
  await expect(run({ clipStats: { meter: clipMeter(), everySteps: 0 } })).rejects.toThrow('clipStats.everySteps');
});
