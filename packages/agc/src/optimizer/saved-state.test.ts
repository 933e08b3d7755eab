import { goldenValues, variableOf } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { afterEach, expect, it } from 'vitest';
import {
  adaGC,
  addDecayedWeights,
  clipByValue,
  clipMeter,
  GradientTransform,
  type ParamGradient,
  type TransformedOptimizer,
  type TransformState,
  withTransforms,
} from '../index.js';

const made: { dispose(): void }[] = [];
afterEach(() => {
  for (const each of made.splice(0)) each.dispose();
});

const weightsCalled = (...names: string[]) => {
  const variables = names.map((name) => variableOf(() => tf.ones([2, 3]), name) as tf.Variable);
  made.push(...variables);
  return variables;
};
const wrapped = (...transforms: GradientTransform[]) => {
  const optimizer = withTransforms(tf.train.sgd(0.1), ...transforms);
  made.push(optimizer);
  return optimizer;
};
const step = (optimizer: TransformedOptimizer, variables: readonly (tf.Variable | [tf.Variable, null])[], seed = 0) =>
  tf.tidy(() =>
    optimizer.applyGradients(
      variables.map((each, i) => {
        const [variable, none] = Array.isArray(each) ? each : [each];
        const tensor = none === null ? none : tf.tensor(goldenValues(`${seed} ${i}`, variable.size), variable.shape);
        return { name: variable.name, tensor: tensor as tf.Tensor };
      }),
    ),
  );
/** What an optimizer saves, but for the step count, which belongs to the caller. */
const saved = async (optimizer: TransformedOptimizer) => {
  const [count, ...rest] = await optimizer.getWeights();
  made.push(count!.tensor);
  return { all: [count!, ...rest], rest: rest.map(({ name, tensor }) => [name, [...tensor.dataSync()]]) };
};

it('stands behind the weights of the optimizer, by variable and for all', async () => {
  const variables = weightsCalled('fc/kernel', 'fc/bias');
  const optimizer = wrapped(addDecayedWeights({ weightDecay: 0.1 }), adaGC({ warmupSteps: 1 }));
  step(optimizer, variables);
  expect((await saved(optimizer)).rest.map(([name]) => name)).toEqual([
    'fc/kernel/transform1.0of2.mean',
    'fc/bias/transform1.1of2.mean',
    'transform1.steps',
  ]);
});

it('is one of each optimizer, though they share the transform', async () => {
  const variables = weightsCalled('a', 'b');
  const rule = adaGC();
  const [one, other] = [wrapped(rule), wrapped(rule)];
  step(one, variables);
  expect((await saved(one)).rest).toHaveLength(3);
  expect((await saved(other)).rest).toEqual([]);
});

it('finds variables under other names by their position, and those of the same name wherever they stand', async () => {
  const optimizer = wrapped(adaGC({ warmupSteps: 1 }));
  const [first, second] = weightsCalled('a/kernel', 'b/kernel');
  step(optimizer, [first!, second!]);
  const { all, rest } = await saved(optimizer);
  const means = rest.slice(0, 2).map(([, values]) => values);

  const renamed = wrapped(adaGC({ warmupSteps: 1 }));
  await renamed.setWeights(all);
  // `b` has no gradient in the first step.
  const [third, fourth] = weightsCalled('a/kernel_1', 'b/kernel_1');
  step(renamed, [third!, [fourth!, null]], 1);
  const after = new Map((await saved(renamed)).rest as [string, number[]][]);
  expect(after.get('b/kernel_1/transform0.1of2.mean')).toEqual(means[1]);
  expect(after.get('a/kernel_1/transform0.0of2.mean')).not.toEqual(means[0]);

  const turned = wrapped(adaGC({ warmupSteps: 1 }));
  await turned.setWeights(all);
  step(
    turned,
    [
      [second!, null],
      [first!, null],
    ],
    1,
  );
  const kept = new Map((await saved(turned)).rest as [string, number[]][]);
  expect([kept.get('a/kernel/transform0.1of2.mean'), kept.get('b/kernel/transform0.0of2.mean')]).toEqual(means);
});

/** Remembers a vector as long as it is told to. */
class Remembers extends GradientTransform {
  static readonly className = 'Remembers';
  constructor(readonly length: number) {
    super();
  }
  apply(gradients: readonly ParamGradient[], state: TransformState): tf.Tensor[] {
    state.shared('last', () => tf.zeros([this.length]));
    return gradients.map(({ grad }) => grad);
  }
  getConfig = () => ({});
}

it('says what it does not fit', async () => {
  const variables = weightsCalled('a', 'b');
  const optimizer = wrapped(clipByValue({ maxValue: 1 }), adaGC());
  step(optimizer, variables);
  const { all } = await saved(optimizer);

  await expect(wrapped(adaGC()).setWeights(all)).rejects.toThrow(
    'withTransforms: the weights hold the state of 2 transforms or more, and this optimizer has 1. Load them with the transforms they were saved with.',
  );

  const other = wrapped(clipByValue({ maxValue: 1 }), adaGC());
  await other.setWeights(all);
  expect(() => step(other, weightsCalled('c', 'd', 'e'))).toThrow(
    "withTransforms: the loaded state is of 2 variables, 'a' one of them, and there are 3: c, d, e. Load it for the model it was saved with, and give the first step all of its variables.",
  );

  const short = wrapped(new Remembers(3));
  step(short, variables);
  const long = wrapped(new Remembers(5));
  await long.setWeights((await saved(short)).all);
  expect(() => step(long, variables)).toThrow(
    'withTransforms: the loaded state `last` has the shape [3], and the transform wants [5]. Load it with the options it was saved with.',
  );
});

it('is what the meter of the optimizer measures with, and leaves as it was', async () => {
  const variables = weightsCalled('fc/kernel', 'fc/bias');
  const optimizer = wrapped(addDecayedWeights({ weightDecay: 1 }), adaGC({ warmupSteps: 1, maxNorm: 100 }));
  step(optimizer, variables);
  const before = (await saved(optimizer)).rest;
  const measure = clipMeter(optimizer);
  const gradients = variables.map((param) => ({ param, grad: tf.zerosLike(param) }));
  const { values, read } = measure(gradients);
  // The decay alone, sqrt(6) times 1 less a tenth of the first gradient, over 1.05 times the mean.
  const mean = (before[0]![1] as number[])[0]!;
  const [layer] = read(await values.data());
  const decay = Math.hypot(...variables[0]!.dataSync());
  expect(layer).toEqual({
    layer: 'fc',
    units: 2,
    clippedUnits: expect.any(Number),
    largestRatio: expect.any(Number),
  });
  expect(layer!.largestRatio).toBeGreaterThanOrEqual((decay / (1.05 * mean)) * (1 - 1e-5));
  expect((await saved(optimizer)).rest).toEqual(before);
  tf.dispose([values, ...gradients.map(({ grad }) => grad)]);
});
