import { expectTensorClose, variableOf, withVariables } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { describeEngines } from '../__fixtures__/describe-engines.js';
import { compileStep } from '../index.js';
import { collectGarbage } from './collect-garbage.js';

const images = (batch = 4) => tf.randomNormal([batch, 8, 8, 1], 0, 1, 'float32', 11);
const labels = (batch = 4) =>
  tf.tidy(() =>
    tf.oneHot(
      tf.tensor1d(
        Array.from({ length: batch }, (_, i) => i % 3),
        'int32',
      ),
      3,
    ),
  );

/** A model with convolution, pooling, batch normalization and a dense layer, the same every time. */
function makeModel(): tf.LayersModel {
  const kernelInitializer = tf.initializers.glorotNormal({ seed: 5 });
  return tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [8, 8, 1], filters: 4, kernelSize: 3, activation: 'relu', kernelInitializer }),
      tf.layers.batchNormalization(),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 3, kernelInitializer }),
    ],
  });
}

const trainStep = (model: tf.LayersModel, optimizer: tf.Optimizer) => {
  return (batch: { images: tf.Tensor; labels: tf.Tensor }) => ({
    loss: optimizer.minimize(
      () => tf.losses.softmaxCrossEntropy(batch.labels, model.apply(batch.images, { training: true }) as tf.Tensor),
      true,
      model.trainableWeights.map((weight) => (weight as unknown as { val: tf.Variable }).val),
    ) as tf.Tensor,
  });
};

const optimizers = {
  sgd: () => tf.train.sgd(0.05),
  momentum: () => tf.train.momentum(0.05, 0.9, true),
  adagrad: () => tf.train.adagrad(0.02),
  adadelta: () => tf.train.adadelta(0.05),
  rmsprop: () => tf.train.rmsprop(0.005),
  adam: () => tf.train.adam(0.005),
  adamax: () => tf.train.adamax(0.005),
};

describeEngines('a compiled step', () => {
  it('takes axes that are added, and logic', async () => {
    const step = ({ x }: { x: tf.Tensor1D }) =>
      tf.where(tf.logicalNot(tf.logicalOr(tf.greater(x, 2), tf.less(x, 1))), tf.mul(tf.expandDims(x, 1), x), 0);
    const program = await compileStep({ step });
    const x = tf.tensor1d([1, 2, 3]);
    for (let i = 0; i < 2; i++) {
      const result = program.step({ x });
      expect([...result.dataSync()]).toEqual([1, 2, 0, 2, 4, 0, 3, 6, 0]);
      result.dispose();
    }
    program.dispose();
    x.dispose();
  });

  it.each(Object.entries(optimizers))('trains 50 steps like the eager one, by %s', async (_, makeOptimizer) => {
    const batch = { images: images(), labels: labels() };
    const run = async (compiled: boolean) => {
      const [model, optimizer] = [makeModel(), makeOptimizer()];
      const step = trainStep(model, optimizer);
      const program = compiled ? await compileStep({ train: step }) : { train: step, dispose: () => undefined };
      const losses = Array.from({ length: 50 }, () => tf.tidy(() => program.train(batch).loss.dataSync()[0]!));
      program.dispose();
      const weights = model.weights.map((weight) => [...weight.read().dataSync()]);
      model.dispose();
      optimizer.dispose();
      // tf's own leak: the rate, which momentum keeps besides.
      tf.dispose((optimizer as unknown as { c?: tf.Tensor }).c ?? []);
      return { losses, weights };
    };
    const eager = await run(false);
    const compiled = await run(true);
    expect(eager.losses[49]).toBeLessThan(eager.losses[0]! * 0.9);
    for (const [i, loss] of eager.losses.entries()) {
      expect(Math.abs(compiled.losses[i]! - loss) / loss, `step ${i}`).toBeLessThan(1e-5);
    }
    for (const [i, weight] of eager.weights.entries()) {
      for (const [j, value] of weight.entries()) expect(compiled.weights[i]![j]).toBeCloseTo(value, 4);
    }
    tf.dispose(batch);
  });

  it(
    'lets tensors in from outside: small, large, and disposed afterwards',
    withVariables(async () => {
      const [small, large] = [tf.tensor1d([1, 2]), tf.ones([3000, 2])];
      const program = await compileStep({ f: (x: tf.Tensor) => tf.sum(tf.mul(tf.mul(x, small), large), 0) });
      const x = tf.tensor1d([1, 10]);
      const first = program.f(x);
      tf.dispose([small, large]);
      const second = program.f(x);
      for (const result of [first, second]) expect([...result.dataSync()]).toEqual([3000, 60000]);
      program.dispose();
      tf.dispose([x, first, second]);
    }),
  );

  it(
    'holds large constants that the step makes',
    withVariables(async () => {
      const program = await compileStep({ f: (x: tf.Tensor) => tf.sum(tf.mul(x, tf.range(0, 5000))) });
      const x = tf.ones([5000]);
      for (let i = 0; i < 3; i++) {
        const sum = program.f(x);
        expect(sum.dataSync()[0]).toBeCloseTo(12497500, -2);
        sum.dispose();
      }
      program.dispose();
      x.dispose();
    }),
  );

  it(
    'sums squares along any axes, and keeps the squares for who wants them',
    withVariables(async () => {
      const f = (x: tf.Tensor) => {
        const squares = tf.square(x);
        return [
          tf.sum(squares, 0),
          tf.sum(squares, [0, 1], true),
          tf.sum(squares),
          tf.sum(tf.square(tf.sum(squares, 1))),
          squares,
        ];
      };
      const program = await compileStep({ f });
      const x = tf.tensor2d([
        [1, -2, 1e-15],
        [3, 0, 1e9],
      ]);
      const [expected, actual] = [tf.tidy(() => f(x)), program.f(x) as tf.Tensor[]];
      for (const [i, result] of actual.entries())
        expectTensorClose(result, expected[i]!, { relative: 1e-6, absolute: 0 });
      program.dispose();
      tf.dispose([x, expected, actual]);
    }),
  );

  it.each([1, 2])(
    'has the filter gradients of 1 x 1 convolutions, stride %i',
    withVariables(async (stride: number) => {
      const f = ({ x, w }: { x: tf.Tensor; w: tf.Tensor }) =>
        tf.grad((w: tf.Tensor) => tf.sum(tf.square(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, 'same'))))(w);
      const program = await compileStep({ f });
      const batch = { x: images(3), w: tf.randomNormal([1, 1, 1, 5], 0, 1, 'float32', 3) };
      const [expected, actual] = [tf.tidy(() => f(batch)), program.f(batch)];
      expectTensorClose(actual, expected);
      program.dispose();
      tf.dispose([batch.x, batch.w, expected, actual]);
    }),
  );

  it(
    'runs ops with integer, boolean and list attributes, and with several outputs',
    withVariables(async () => {
      const program = await compileStep({
        f: ({ x, on }: { x: tf.Tensor2D; on: tf.Tensor }) => {
          const [left, right] = tf.split(x, 2, 1) as [tf.Tensor, tf.Tensor];
          const { values, indices } = tf.topk(x, 2);
          return {
            left: tf.where(tf.cast(on, 'bool'), left, right),
            values,
            indices,
            pooled: tf.maxPool(tf.reshape(x, [1, 2, 4, 1]) as tf.Tensor4D, [1, 2], [1, 2], 'same'),
            not: tf.logicalNot(tf.cast(on, 'bool')),
            picked: tf.gather(x, tf.cast(on, 'int32')),
            total: tf.sum(x, [0, 1], true),
          };
        },
      });
      const batch = {
        x: tf.tensor2d([
          [1, 5, 2, 7],
          [8, 3, 6, 4],
        ]),
        on: tf.tensor2d([[1], [0]], [2, 1], 'int32'),
      };
      const results = program.f(batch);
      expect([...results.left.dataSync()]).toEqual([1, 5, 6, 4]);
      expect([...results.values.dataSync()]).toEqual([7, 5, 8, 6]);
      expect(results.indices.dtype).toBe('int32');
      expect([...results.indices.dataSync()]).toEqual([3, 1, 0, 2]);
      expect([...results.pooled.dataSync()]).toEqual([5, 7, 8, 6]);
      expect([...results.not.dataSync()]).toEqual([0, 1]);
      expect(results.picked.shape).toEqual([2, 1, 4]);
      expect([...results.total.dataSync()]).toEqual([36]);
      program.dispose();
      tf.dispose([batch, results]);
    }),
  );

  it(
    'records anew for every shape, up to a bound',
    withVariables(async () => {
      const w = variableOf(() => tf.scalar(0));
      const program = await compileStep(
        {
          count: (x: tf.Tensor) => {
            w.assign(tf.add(w, tf.sum(x)));
            return w;
          },
        },
        { maxTraces: 2 },
      );
      const [two, three, four] = [tf.ones([2]), tf.ones([3]), tf.ones([4])] as const;
      const totals = [two, three, two, three].map((x) => tf.tidy(() => program.count(x).dataSync()[0]));
      expect(totals).toEqual([2, 5, 7, 10]);
      expect(() => program.count(four)).toThrow(
        'compileStep: `maxTraces` is 2, and `count` was called with yet another set of shapes or scalars, after:  [2];  [3]. Pad or drop batches that are not full, or raise `maxTraces`.',
      );
      expect(w.dataSync()[0]).toBe(10);
      program.dispose();
      tf.dispose([two, three, four]);
    }),
  );

  it(
    'passes a gradient through custom gradients and accumulates over parts of the batch',
    withVariables(async () => {
      const square = tf.customGrad((x, save) => {
        (save as tf.GradSaveFunc)([x as tf.Tensor]);
        return {
          value: tf.square(x as tf.Tensor),
          gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => tf.mul(dy, tf.mul(saved!, 2)),
        };
      });
      const step = (w: tf.Variable) => (x: tf.Tensor) => {
        const gradients = tf.split(x, 2).map((part) => {
          const { grads } = tf.variableGrads(() => tf.mean(square(tf.mul(part, w))) as tf.Scalar, [w]);
          return grads[w.name]!;
        });
        w.assign(tf.sub(w, tf.mul(tf.mean(tf.stack(gradients), 0), 0.1)));
        return tf.clone(w);
      };
      const [a, b] = [variableOf(() => tf.tensor1d([1, 2])), variableOf(() => tf.tensor1d([1, 2]))];
      const program = await compileStep({ train: step(a) });
      const x = tf.randomNormal([6, 2], 0, 1, 'float32', 4);
      for (let i = 0; i < 5; i++) tf.tidy(() => expectTensorClose(program.train(x), step(b)(x), { relative: 1e-6 }));
      program.dispose();
      x.dispose();
    }),
  );

  it(
    'grows neither in tensors nor in memory over 1,000 calls',
    withVariables(async () => {
      const w = variableOf(() => tf.zeros([256, 256]));
      const program = await compileStep({
        train: (x: tf.Tensor, { rate }, { hostTensor }) => {
          const mask = hostTensor([256, 1], ({ rate }) => new Float32Array(256).fill(rate!));
          w.assign(tf.add(tf.mul(w, 0.9), tf.mul(tf.mul(x, mask), rate!)));
          return tf.mean(w);
        },
      });
      const x = tf.ones([256, 256]);
      const step = (i: number) => tf.tidy(() => program.train(x, { rate: 1 + (i % 7) }).dataSync());
      for (let i = 0; i < 200; i++) step(i);
      collectGarbage();
      const [tensors, memory] = [tf.memory().numTensors, process.memoryUsage().rss];
      for (let i = 0; i < 1000; i++) step(i);
      expect(tf.memory().numTensors).toBe(tensors);
      collectGarbage();
      // 1,000 leaked copies of `w` would be 262 MB.
      expect(process.memoryUsage().rss - memory).toBeLessThan(20e6);
      program.dispose();
      x.dispose();
    }),
  );
});
