import { goldenValues } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it } from 'vitest';
import { MomentumSGD, sgd } from './index.js';

const made: { dispose(): void }[] = [];
/** Disposes `thing` after the test. */
function own<T extends { dispose(): void }>(thing: T): T {
  made.push(thing);
  return thing;
}
afterEach(() => {
  for (const thing of made.splice(0)) thing.dispose();
});

const variable = (values: number | number[]) => own(tf.tidy(() => tf.variable(tf.tensor(values))));

/** Applies one gradient to each variable, or none where it is null. */
function apply(optimizer: tf.Optimizer, pairs: [tf.Variable, number | number[] | null][]): void {
  tf.tidy(() =>
    optimizer.applyGradients(
      pairs.map(([{ name }, values]) => ({ name, tensor: (values === null ? null : tf.tensor(values)) as tf.Tensor })),
    ),
  );
}

describe('sgd', () => {
  it('makes the steps of the reference, with weight decay added to the gradient', () => {
    const p = variable(1);
    const optimizer = own(sgd({ learningRate: 0.1 }));
    const decayed = (gradient: number) => gradient + 2e-5 * p.dataSync()[0]!;
    // m = 0.50002; p = 1 - 0.1 (0.50002 + 0.9 * 0.50002)
    apply(optimizer, [[p, decayed(0.5)]]);
    expect(p.dataSync()[0]).toBeCloseTo(0.9049962, 6);
    // m = 0.9 * 0.50002 - 0.2 + 2e-5 * 0.9049962 = 0.2500360999
    apply(optimizer, [[p, decayed(-0.2)]]);
    expect(p.dataSync()[0]).toBeCloseTo(0.902491141, 6);
  });

  it.each([true, false])('equals tf.train.momentum bit for bit, nesterov: %s', (nesterov) => {
    const values = [...goldenValues('p', 5)];
    const [ours, theirs] = [variable(values), variable(values)];
    const optimizer = own(sgd({ learningRate: 0.3, momentum: 0.8, nesterov }));
    const reference = tf.train.momentum(0.3, 0.8, nesterov);
    for (let step = 0; step < 5; step++) {
      const gradient = [...goldenValues(`gradient ${step}`, 5)];
      apply(optimizer, [[ours, gradient]]);
      apply(reference, [[theirs, gradient]]);
      expect(ours.dataSync()).toEqual(theirs.dataSync());
    }
    reference.dispose();
    // tf's own dispose() forgets its learning rate.
    (reference as unknown as { c: tf.Tensor }).c.dispose();
  });

  it('keeps momenta with their variables when the list of gradients changes', () => {
    const [a, b] = [variable(0), variable(0)];
    const optimizer = own(sgd({ learningRate: 1, momentum: 0.5, nesterov: false }));
    apply(optimizer, [
      [a, 1],
      [b, 10],
    ]);
    apply(optimizer, [[b, 0]]);
    apply(optimizer, [
      [b, null],
      [a, 0],
    ]);
    // a: -1 - 0.5; b: -10 - 5, and nothing where there was no gradient.
    expect([a.dataSync()[0], b.dataSync()[0]]).toEqual([-1.5, -15]);
  });

  it('follows setLearningRate', () => {
    const p = variable(0);
    const optimizer = own(sgd({ learningRate: 1, momentum: 0 }));
    optimizer.setLearningRate(0.25);
    apply(optimizer, [[p, 2]]);
    expect([p.dataSync()[0], optimizer.learningRate]).toEqual([-0.5, 0.25]);
  });

  it('does not hide a NaN', () => {
    const p = variable([1, 2]);
    apply(own(sgd({ learningRate: 0.1 })), [[p, [Number.NaN, 1]]]);
    expect(p.dataSync()[0]).toBeNaN();
  });

  it('moves each kernel with six kernel calls, four without nesterov, and all vectors with five more', () => {
    for (const [nesterov, expected] of [
      [true, 6],
      [false, 4],
    ] as const) {
      const kernel = () => own(tf.tidy(() => tf.variable(tf.ones([2, 2]))));
      const variables = [kernel(), variable([0]), kernel(), variable([0, 0]), variable([0, 0, 0])];
      const optimizer = own(sgd({ learningRate: 1, nesterov }));
      const count = (): number => {
        const before = kernels.length;
        apply(
          optimizer,
          variables.map((p) => [p, p.arraySync() as number[]]),
        );
        return kernels.length - before;
      };
      const kernels = spyOnKernels();
      count();
      expect(count()).toBe(2 * expected + expected + 5);
      kernels.stop();
    }
  });

  it('refuses values out of range', () => {
    expect(() => sgd({ learningRate: -1 })).toThrow('sgd: `learningRate` must be finite and >= 0, got -1.');
    expect(() => sgd({ learningRate: 1, momentum: 1 })).toThrow('sgd: `momentum` must be in [0, 1), got 1.');
    expect(() => own(sgd({ learningRate: 1 })).setLearningRate(Number.NaN)).toThrow('got NaN.');
  });
});

describe('saving', () => {
  it('continues from saved momenta in variables of other names', async () => {
    const values = [...goldenValues('p', 3)];
    const [p, q] = [variable(values), variable(1)];
    const optimizer = own(sgd({ learningRate: 0.1 }));
    apply(optimizer, [
      [p, [1, 2, 3]],
      [q, 5],
    ]);
    const saved = await optimizer.getWeights();
    expect(saved.map(({ name }) => name)).toEqual(['iter', `${p.name}/velocity`, `${q.name}/velocity`]);

    const [p2, q2] = [variable([...p.dataSync()]), variable(q.dataSync()[0]!)];
    const restored = own(sgd({ learningRate: 0.1 }));
    await restored.setWeights(saved);
    const second: [number[], number] = [[-1, 0, 1], 2];
    apply(optimizer, [
      [p, second[0]],
      [q, second[1]],
    ]);
    apply(restored, [
      [p2, second[0]],
      [q2, second[1]],
    ]);
    expect(p2.dataSync()).toEqual(p.dataSync());
    expect(q2.dataSync()).toEqual(q.dataSync());
    expect(restored.iterations).toBe(2);
  });

  it('refuses momenta of another model', async () => {
    const optimizer = own(sgd({ learningRate: 0.1 }));
    const iter = own(tf.scalar(1, 'int32'));
    await optimizer.setWeights([
      { name: 'iter', tensor: iter },
      { name: 'a', tensor: variable([1, 2]) },
    ]);
    const p = variable([1, 2, 3]);
    expect(() => apply(optimizer, [[p, [1, 1, 1]]])).toThrow(
      'sgd: the loaded slots have shapes [[2]] and the variables with gradients [[3]].',
    );
  });

  it('is saved and loaded with a model', async () => {
    const model = own(
      tfl.sequential({
        layers: [tfl.layers.dense({ units: 8, inputShape: [2] }), tfl.layers.dense({ units: 3 })],
      }),
    );
    const optimizer = own(sgd({ learningRate: 0.125, momentum: 0.5, nesterov: false }));
    model.compile({ optimizer, loss: 'meanSquaredError' });
    const [x, y] = [own(tf.ones([4, 2])), own(tf.ones([4, 3]))];
    await model.trainOnBatch(x, y);
    let artifacts: tf.io.ModelArtifacts | undefined;
    const save = tf.io.withSaveHandler(async (saved) => {
      artifacts = saved;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    });
    await model.save(save, { includeOptimizer: true });

    const restored = own(await tfl.loadLayersModel(tf.io.fromMemory(artifacts!)));
    own(restored.optimizer);
    expect(restored.optimizer).toBeInstanceOf(MomentumSGD);
    expect(restored.optimizer.getConfig()).toEqual({
      learningRate: 0.125,
      rateFactors: [],
      cautious: false,
      momentum: 0.5,
      nesterov: false,
    });
    await model.trainOnBatch(x, y);
    await restored.trainOnBatch(x, y);
    const values = (each: tfl.LayersModel) => each.weights.map((weight) => [...weight.read().dataSync()]);
    expect(values(restored)).toEqual(values(model));
  });
});

/** Collects the kernels that run until `stop` is called. */
function spyOnKernels(): string[] & { stop(): void } {
  const names: string[] = [];
  const engine = tf.engine() as unknown as { runKernelFunc(params: { kernelName: string }): unknown };
  const original = engine.runKernelFunc;
  engine.runKernelFunc = function (params) {
    names.push(params.kernelName);
    return original.call(this, params);
  };
  return Object.assign(names, {
    stop: () => {
      engine.runKernelFunc = original;
    },
  });
}
