import { expectTensorClose, goldenValues, variableOf, withVariables } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { disposeOptimizer, inScope, saveAndLoad } from './__fixtures__/optimizers.js';
import { SHAPES, TRANSFORMS } from './__fixtures__/transforms.js';
import { type ParamGradient, type TransformedOptimizer, TransformState, withTransforms } from './index.js';

const golden = (name: string, shape: number[]) => tf.tensor(goldenValues(name, tf.util.sizeFromShape(shape)), shape);

/** The weights of {@link SHAPES}. */
const makeParams = () =>
  Object.entries(SHAPES).map(([name, shape]) => variableOf(() => golden(name, shape), name) as tf.Variable);

/** The gradients of one step; in the fifth they are thirty times as large. */
const gradientsOf = (params: readonly tf.Variable[], step = 0): ParamGradient[] =>
  params.map((param) => {
    const scale = step === 4 ? 30 : 1;
    return { param, grad: tf.tidy(() => tf.mul(golden(`gradient ${param.name} ${step}`, param.shape), scale)) };
  });

const valuesOf = (tensors: readonly tf.Tensor[]) => tensors.map((tensor) => [...tensor.dataSync()]);
const gradsOf = (gradients: readonly ParamGradient[]) => gradients.map(({ grad }) => grad);
const stateOf = (state: TransformState) => valuesOf(state.list().map(({ value }) => value));

describe.each(Object.entries(TRANSFORMS))('%s as a transform', (_, make) => {
  const apply = (gradients: readonly ParamGradient[], state = new TransformState(), transform = make()) =>
    tf.tidy(() => valuesOf(transform.apply(gradients, state)));

  it(
    'keeps length and shapes',
    withVariables(async () => {
      const gradients = gradientsOf(makeParams());
      tf.tidy(() => {
        const result = make().apply(gradients, new TransformState());
        expect(result.map(({ shape }) => shape)).toEqual(Object.values(SHAPES));
      });
      expect(make().apply([], new TransformState())).toEqual([]);
      tf.dispose(gradsOf(gradients));
    }),
  );

  it(
    'keeps the order',
    withVariables(async () => {
      const gradients = gradientsOf(makeParams());
      const forward = apply(gradients);
      const backward = apply([...gradients].reverse()).reverse();
      expectTensorClose(backward.flat(), forward.flat());
      tf.dispose(gradsOf(gradients));
    }),
  );

  it(
    'depends on its state alone: the same result again, and nothing of its input changed',
    withVariables(async () => {
      const gradients = gradientsOf(makeParams());
      const inputs = gradients.flatMap(({ param, grad }) => [param, grad]);
      const before = valuesOf(inputs);
      const transform = make();
      expect(apply(gradients, new TransformState(), transform)).toEqual(
        apply(gradients, new TransformState(), transform),
      );
      expect(valuesOf(inputs)).toEqual(before);
      tf.dispose(gradsOf(gradients));
    }),
  );

  it(
    'makes no tensors but its results and its state, and in 1,000 steps no more of these',
    withVariables(async () => {
      const gradients = gradientsOf(makeParams().slice(0, 4));
      const [transform, state] = [make(), new TransformState()];
      const step = () => tf.tidy(() => transform.apply(gradients, state).length);
      step();
      const before = tf.memory().numTensors;
      const result = transform.apply(gradients, state);
      const own = result.filter((tensor) => gradients.every(({ grad }) => grad !== tensor));
      expect(tf.memory().numTensors - before).toBe(own.length);
      tf.dispose(own);
      for (let i = 0; i < 1000; i++) step();
      expect(tf.memory().numTensors).toBe(before);
      const kept = state.list().length;
      state.dispose();
      expect(tf.memory().numTensors).toBe(before - kept);
      tf.dispose(gradsOf(gradients));
    }),
    60_000,
  );

  it(
    'leaves a NaN in its gradient, and none in what it remembers',
    withVariables(async () => {
      const params = makeParams();
      const state = new TransformState();
      for (const step of [0, 1, 2]) {
        const gradients = gradientsOf(params, step);
        if (step === 1) {
          const { grad } = gradients[4]!;
          const values = grad.dataSync<'float32'>().slice();
          values[7] = Number.NaN;
          gradients[4] = { param: params[4]!, grad: tf.tensor(values, grad.shape) };
          grad.dispose();
        }
        const given = valuesOf(gradsOf(gradients)).flat();
        const result = apply(gradients, state);
        for (const [i, value] of given.entries()) if (Number.isNaN(value)) expect(result.flat()[i]).toBeNaN();
        expect(
          stateOf(state)
            .flat()
            .every((value) => !Number.isNaN(value)),
        ).toBe(true);
        if (step === 2) expect(result.flat().every(Number.isFinite)).toBe(true);
        tf.dispose(gradsOf(gradients));
      }
    }),
  );

  it(
    'makes finite gradients of zeros, step after step',
    withVariables(async () => {
      const gradients = makeParams().map((param) => ({ param, grad: tf.zeros(param.shape) }));
      const state = new TransformState();
      for (let i = 0; i < 40; i++) expect(apply(gradients, state).flat().every(Number.isFinite)).toBe(true);
      expect(stateOf(state).flat().some(Number.isNaN)).toBe(false);
      tf.dispose(gradsOf(gradients));
    }),
  );

  it(
    'remembers of a variable without a gradient what it remembered',
    withVariables(async () => {
      const params = makeParams();
      const state = new TransformState();
      const first = gradientsOf(params, 0);
      apply(first, state);
      const of = (name: string) =>
        valuesOf(state.list().flatMap(({ param, value }) => (param?.name === name ? [value] : [])));
      const before = of('conv/kernel');
      const second = gradientsOf(
        params.filter(({ name }) => name !== 'conv/kernel'),
        1,
      );
      apply(second, state);
      expect(of('conv/kernel')).toEqual(before);
      tf.dispose([...gradsOf(first), ...gradsOf(second)]);
    }),
  );

  it('comes back from a saved model as it was, and takes the same steps', async () => {
    await inScope(async () => {
      const layer = (name: string, units: number, inputShape?: number[]) =>
        tf.layers.dense({
          name,
          units,
          kernelInitializer: tf.initializers.glorotNormal({ seed: units }),
          ...(inputShape && { inputShape }),
        });
      const model = tf.sequential({
        layers: [
          layer('fc_1', 6, [4]),
          layer('fc_2', 3),
          layer('skip', 3),
          layer('skip_2', 2),
          layer('conv', 3),
          layer('big', 2),
        ],
      });
      model.compile({ optimizer: withTransforms(tf.train.momentum(0.1, 0.9), make()), loss: 'meanSquaredError' });
      const step = (of: tf.LayersModel, i: number) => {
        const variables = of.trainableWeights.map((weight) => weight.read() as tf.Variable);
        // In the second step one has no gradient.
        const gradients = variables.map(({ name, shape }, j) => ({
          name,
          tensor: (i === 1 && j === 2 ? null : golden(`${i} ${j}`, shape)) as tf.Tensor,
        }));
        of.optimizer.applyGradients(gradients);
      };
      for (const i of [0, 1, 2]) step(model, i);
      const restored = await saveAndLoad(model);
      const [transform] = (restored.optimizer as TransformedOptimizer).transforms;
      expect(transform!.getClassName()).toBe(make().getClassName());
      expect(transform!.getConfig()).toEqual(make().getConfig());
      // Before its first step it has what it was given.
      expect(valuesOf((await restored.optimizer.getWeights()).map(({ tensor }) => tensor))).toEqual(
        valuesOf((await model.optimizer.getWeights()).map(({ tensor }) => tensor)),
      );
      for (const i of [3, 4, 5]) {
        step(model, i);
        step(restored, i);
      }
      expect(valuesOf(restored.getWeights())).toEqual(valuesOf(model.getWeights()));
      disposeOptimizer(model.optimizer);
      disposeOptimizer(restored.optimizer);
      model.dispose();
      restored.dispose();
    });
  });
});
