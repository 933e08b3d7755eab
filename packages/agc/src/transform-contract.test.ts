import { expectTensorClose, goldenValues } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { disposeOptimizer, inScope, saveAndLoad } from './__fixtures__/optimizers.js';
import {
  adaptiveGradClip,
  addDecayedWeights,
  clipByGlobalNorm,
  clipByValue,
  type GradientTransform,
  type ParamGradient,
  type TransformedOptimizer,
  withTransforms,
} from './index.js';

/** What every gradient transform must do: keep order, length and shapes, stay pure, come back from a model, leak nothing. */
function describeTransform(name: string, make: () => GradientTransform): void {
  const shapes: Record<string, number[]> = {
    'fc_1/kernel': [3, 2],
    'skip/gain': [],
    'fc_2/kernel': [3, 2],
    'fc_1/bias': [2],
    'conv/kernel': [2, 2, 3, 4],
    'big/kernel': [70, 80],
    'skip_2/gain': [],
  };
  const makeGradients = (): ParamGradient[] =>
    tf.tidy(() =>
      Object.entries(shapes).map(([key, shape]) => {
        const size = tf.util.sizeFromShape(shape);
        const param = tf.variable(tf.tensor(goldenValues(key, size), shape), true, key);
        return { param, grad: tf.keep(tf.tensor(goldenValues(`gradient ${key}`, size), shape)) };
      }),
    );
  const withGradients = async (body: (gradients: ParamGradient[]) => void | Promise<void>) => {
    const gradients = makeGradients();
    await body(gradients);
    for (const { param, grad } of gradients) tf.dispose([param, grad]);
  };
  const valuesOf = (tensors: readonly tf.Tensor[]) => tensors.map((tensor) => [...tensor.dataSync()]);
  const apply = (transform: GradientTransform, gradients: ParamGradient[]) =>
    tf.tidy(() => valuesOf(transform.apply(gradients)));

  describe(`${name} as a transform`, () => {
    it('keeps length and shapes', async () => {
      await withGradients((gradients) => {
        tf.tidy(() => {
          const result = make().apply(gradients);
          expect(result.map(({ shape }) => shape)).toEqual(Object.values(shapes));
        });
        expect(make().apply([])).toEqual([]);
      });
    });

    it('keeps the order', async () => {
      await withGradients((gradients) => {
        const forward = apply(make(), gradients);
        const backward = apply(make(), [...gradients].reverse()).reverse();
        expectTensorClose(backward.flat(), forward.flat());
      });
    });

    it('is pure: the same result again, and nothing of its input changed', async () => {
      await withGradients((gradients) => {
        const before = valuesOf(gradients.flatMap(({ param, grad }) => [param, grad]));
        const transform = make();
        expect(apply(transform, gradients)).toEqual(apply(transform, gradients));
        expect(valuesOf(gradients.flatMap(({ param, grad }) => [param, grad]))).toEqual(before);
      });
    });

    it('makes no tensors but its results', async () => {
      await withGradients((gradients) => {
        const before = tf.memory().numTensors;
        const result = make().apply(gradients);
        const own = result.filter((tensor) => gradients.every(({ grad }) => grad !== tensor));
        expect(tf.memory().numTensors - before).toBe(own.length);
        tf.dispose(own);
      });
    });

    it('comes back from a saved model as it was', async () => {
      await inScope(async () => {
        await withGradients(async (gradients) => {
          const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] });
          const optimizer = withTransforms(tf.train.sgd(1), make());
          model.compile({ optimizer, loss: 'meanSquaredError' });
          const restored = await saveAndLoad(model);
          const [transform] = (restored.optimizer as TransformedOptimizer).transforms;
          expect(transform!.getClassName()).toBe(make().getClassName());
          expect(transform!.getConfig()).toEqual(make().getConfig());
          expect(apply(transform!, gradients)).toEqual(apply(make(), gradients));
          disposeOptimizer(optimizer);
          disposeOptimizer(restored.optimizer);
          model.dispose();
          restored.dispose();
        });
      });
    });
  });
}

describeTransform('adaptiveGradClip', () =>
  adaptiveGradClip({ clipFactor: 0.02, eps: 2e-3, exclude: ['fc_1/bias', 'skip_2'], axes: { 'fc_2/kernel': [1] } }),
);
describeTransform('addDecayedWeights', () => addDecayedWeights({ weightDecay: 0.01, exclude: ['fc_2'] }));
describeTransform('clipByValue', () => clipByValue({ maxValue: 0.5 }));
describeTransform('clipByGlobalNorm', () => clipByGlobalNorm({ maxNorm: 1.5 }));
