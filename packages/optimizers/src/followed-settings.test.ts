import { adaptiveGradClip, clipByGlobalNorm, withTransforms } from '@nfnets/agc';
import { useBackend } from '@nfnets/backends';
import { type CompileOptions, compileStep } from '@nfnets/compiled-step';
import { variableOf, withVariables } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { adam, adamW, lamb, lars, muon, rmspropTF, sgd, stableAdamW } from './index.js';

/** Why there is no native TensorFlow on this machine; undefined if there is one, which then is the backend. */
const missing: string | undefined = await useBackend('native').then(
  () => undefined,
  () => 'needs TensorFlow: npx nfnets-native',
);

const note = missing === undefined ? '' : ` (${missing})`;

/** A step by `optimizer` on the loss `sum(w^2) / 2`, whose gradient is `w`. */
const stepBy = (w: tf.Variable, optimizer: tf.Optimizer) => () => ({
  loss: optimizer.minimize(() => tf.div(tf.sum(tf.square(w)), 2) as tf.Scalar, true, [w])!,
});

const makers: Record<string, (rate: number) => tf.Optimizer> = {
  sgd: (learningRate) => sgd({ learningRate }),
  adam: (learningRate) => adam({ learningRate }),
  adamW: (learningRate) => adamW({ learningRate }),
  stableAdamW: (learningRate) => stableAdamW({ learningRate }),
  lamb: (learningRate) => lamb({ learningRate }),
  lars: (learningRate) => lars({ learningRate }),
  muon: (learningRate) => muon({ learningRate }),
  rmspropTF: (learningRate) => rmspropTF({ learningRate }),
  'clipped sgd': (learningRate) => withTransforms(sgd({ learningRate }), clipByGlobalNorm({ maxNorm: 1 })),
  'tf.train.sgd': (rate) => tf.train.sgd(rate),
  'tf.train.momentum': (rate) => tf.train.momentum(rate, 0.9),
  'tf.train.adam': (rate) => tf.train.adam(rate),
  'tf.train.rmsprop': (rate) => tf.train.rmsprop(rate),
  'tf.train.adagrad': (rate) => tf.train.adagrad(rate),
  'tf.train.adadelta': (rate) => tf.train.adadelta(rate),
  'tf.train.adamax': (rate) => tf.train.adamax(rate),
  'clipped tf.train.adam': (rate) => withTransforms(tf.train.adam(rate), clipByGlobalNorm({ maxNorm: 1 })),
};

function setRate(optimizer: tf.Optimizer, rate: number): void {
  const settable = optimizer as unknown as { setLearningRate?(rate: number): void; learningRate: number };
  if (settable.setLearningRate) settable.setLearningRate(rate);
  else settable.learningRate = rate;
}

/** Values of w after each of some steps; `change` is called before each of them. */
async function follow(
  isCompiled: boolean,
  optimizer: tf.Optimizer,
  change: (step: number) => void | Promise<void>,
  options: CompileOptions = {},
  steps = 6,
): Promise<number[]> {
  const w = variableOf(() => tf.tensor1d([2, -1]));
  const step = stepBy(w, optimizer);
  const program = await compileStep({ step }, { eager: !isCompiled, ...options });
  const values: number[] = [];
  for (let i = 0; i < steps; i++) {
    await change(i);
    program.step().loss.dispose();
    values.push(...w.dataSync());
  }
  program.dispose();
  w.dispose();
  optimizer.dispose();
  tf.dispose((optimizer as unknown as { c?: tf.Tensor }).c ?? []);
  return values;
}

function expectAlike(compiled: number[], eager: number[]): void {
  for (const [i, value] of eager.entries()) expect(Math.abs(compiled[i]! - value), `${i}`).toBeLessThan(1e-5);
}

describe.skipIf(missing !== undefined)(`a compiled step follows${note}`, () => {
  it.each(Object.entries(makers))(
    'the learning rate that is set between two calls: %s',
    withVariables(async (_, make) => {
      const rates = [0.1, 0.1, 0, 0.3, 0.3, 0.01];
      const run = (isCompiled: boolean) => {
        const optimizer = make(0.1);
        return follow(isCompiled, optimizer, (i) => setRate(optimizer, rates[i]!));
      };
      const [eager, compiled] = [await run(false), await run(true)];
      expectAlike(compiled, eager);
      // At a rate of 0 nothing moves, and then it does again.
      const still = eager.slice(2, 4);
      expect(compiled.slice(4, 6)).toEqual(compiled.slice(2, 4));
      expect(compiled.slice(6, 8)).not.toEqual(still);
    }),
  );

  it(
    'a rate that the step takes from a scalar, beside one that is set',
    withVariables(async () => {
      const [v, w] = [variableOf(() => tf.scalar(1)), variableOf(() => tf.scalar(1))];
      const [given, own] = [sgd({ learningRate: 9, momentum: 0 }), sgd({ learningRate: 0.5, momentum: 0 })];
      const program = await compileStep({
        step: (_: object, { rate }) => {
          given.withLearningRate(rate!, () => stepBy(v, given)());
          return stepBy(w, own)();
        },
      });
      // x -> x - rate * x
      const states = [0.1, 0.2, 0.2].map((rate, i) => {
        own.setLearningRate([0.5, 0.5, 0.25][i]!);
        given.setLearningRate(7);
        program.step({}, { rate }).loss.dispose();
        return [v.dataSync()[0]!, w.dataSync()[0]!];
      });
      expect(states.flat()).toEqual([0.9, 0.5, 0.72, 0.25, 0.576, 0.1875].map((value) => expect.closeTo(value, 6)));
      program.dispose();
      tf.dispose([v, w]);
    }),
  );

  it(
    'settings of an optimizer that are set by hand',
    withVariables(async () => {
      const run = (isCompiled: boolean) => {
        const optimizer = sgd({ learningRate: 0.1, momentum: 0.5 });
        const { settings } = optimizer as unknown as { settings: { momentum: number; nesterov: boolean } };
        return follow(isCompiled, optimizer, (i) => {
          if (i === 2) settings.momentum = 0.9;
          if (i === 4) settings.nesterov = false;
        });
      };
      expectAlike(await run(true), await run(false));
    }),
  );

  it.each([
    'sgd',
    'adam',
    'tf.train.momentum',
    'tf.train.adam',
    'tf.train.rmsprop',
    'tf.train.adagrad',
    'clipped tf.train.adam',
  ])(
    'another state that an optimizer is given: %s',
    withVariables(async (name: string) => {
      const run = async (isCompiled: boolean) => {
        const optimizer = makers[name]!(0.1);
        const given: tf.Tensor[] = [];
        const change = async (i: number) => {
          if (i !== 3) return;
          const [count, ...slots] = await optimizer.getWeights();
          const halves = slots.map((slot) => ({ name: slot.name, tensor: tf.mul(slot.tensor, 0.5) as tf.Tensor }));
          // tf's own leave those that they had.
          given.push(...slots.map(({ tensor }) => tensor), count!.tensor, ...halves.map(({ tensor }) => tensor));
          await optimizer.setWeights([count!, ...halves]);
        };
        const values = await follow(isCompiled, optimizer, change);
        tf.dispose(given);
        return values;
      };
      expectAlike(await run(true), await run(false));
    }),
  );

  it(
    'another optimizer behind transforms that are in `watch`',
    withVariables(async () => {
      const run = (isCompiled: boolean) => {
        const others = [sgd({ learningRate: 0.1 }), sgd({ learningRate: 0.1 })] as const;
        const optimizer = withTransforms(others[0], clipByGlobalNorm({ maxNorm: 1 }));
        return follow(
          isCompiled,
          optimizer,
          (i) => {
            // Of the same settings, and without momenta.
            if (i === 3) Object.assign(optimizer, { optimizer: others[1] });
            if (i === 5) others[0].dispose();
          },
          { watch: [optimizer] },
        );
      };
      expectAlike(await run(true), await run(false));
    }),
  );

  it(
    'what a layer in `watch` computes, when that is replaced',
    withVariables(async () => {
      const layer = tf.layers.leakyReLU({ alpha: 0.5 });
      const x = tf.tensor1d([-2, 4]);
      const program = await compileStep({ step: (x: tf.Tensor) => layer.apply(x) as tf.Tensor }, { watch: [layer] });
      const values = () => tf.tidy(() => [...program.step(x).dataSync()]);
      expect(values()).toEqual([-1, 4]);
      layer.call = (inputs) => tf.neg([inputs].flat()[0]!);
      expect(values()).toEqual([2, -4]);
      Reflect.deleteProperty(layer, 'call');
      expect(values()).toEqual([-1, 4]);
      program.dispose();
      x.dispose();
    }),
  );

  it(
    'settings of transforms and of layers, which are in `watch`',
    withVariables(async () => {
      const run = async (isCompiled: boolean) => {
        const clip = adaptiveGradClip({ clipFactor: 0.05 });
        const optimizer = withTransforms(sgd({ learningRate: 0.5 }), clip);
        const { options } = clip as unknown as { readonly options: { readonly clipFactor: number } };
        const change = (i: number) => {
          if (i === 3) Object.assign(options, { clipFactor: 0.5 });
        };
        return follow(isCompiled, optimizer, change, { watch: [optimizer] });
      };
      expectAlike(await run(true), await run(false));

      const layer = tf.layers.batchNormalization({ momentum: 0.5, epsilon: 0.1 });
      const x = tf.tensor2d([[1], [5]]);
      const program = await compileStep(
        { step: (x: tf.Tensor) => layer.apply(x, { training: true }) as tf.Tensor },
        { watch: [layer] },
      );
      const settings = layer as unknown as { epsilon: number };
      const second = () => tf.tidy(() => program.step(x).dataSync()[1]!);
      // (5 - 3) / sqrt(4 + epsilon)
      expect(second()).toBeCloseTo(2 / Math.sqrt(4.1), 5);
      settings.epsilon = 5;
      expect(second()).toBeCloseTo(2 / 3, 5);
      program.dispose();
      x.dispose();
    }),
  );

  it(
    'state that an optimizer is given between two calls',
    withVariables(async () => {
      const saved = { name: 'w/velocity', tensor: tf.tensor1d([1, 1]) };
      const count = { name: 'iter', tensor: tf.scalar(7, 'int32') };
      const run = async (isCompiled: boolean) => {
        const w = variableOf(() => tf.tensor1d([2, -1]));
        const optimizer = sgd({ learningRate: 0.1 });
        const program = await compileStep({ step: stepBy(w, optimizer) }, { eager: !isCompiled });
        const values: number[] = [];
        for (let i = 0; i < 4; i++) {
          if (i === 2) await optimizer.setWeights([count, saved]);
          program.step().loss.dispose();
          values.push(...w.dataSync());
        }
        program.dispose();
        tf.dispose(w);
        optimizer.dispose();
        return values;
      };
      expectAlike(await run(true), await run(false));
      tf.dispose([saved.tensor, count.tensor]);
    }),
  );

  it(
    'what is set at every call by running as it is, where that is wanted, and says so once',
    withVariables(async () => {
      const reasons: string[] = [];
      const run = (isCompiled: boolean) => {
        const optimizer = tf.train.adam(0.1);
        const change = (i: number) => setRate(optimizer, 0.1 / (i + 1));
        return follow(isCompiled, optimizer, change, { onEager: (reason) => reasons.push(reason) }, 12);
      };
      expectAlike(await run(true), await run(false));
      expect(reasons).toEqual([
        'compileStep: `learningRate` of Adam is set so often that recording the steps anew costs more than it saves: they run as they are from now on.',
      ]);
    }),
  );
});

describe.skipIf(missing !== undefined)(`recording anew${note}`, () => {
  it(
    'keeps no memory of what was recorded before',
    withVariables(async () => {
      const w = variableOf(() => tf.ones([256, 1024]));
      const optimizer = tf.train.adam(0.1);
      const program = await compileStep({ step: stepBy(w, optimizer) });
      const recordAnew = (times: number) => {
        for (let i = 0; i < times; i++) {
          setRate(optimizer, 0.001 * (i + 1));
          program.step().loss.dispose();
        }
        return { ...tf.memory(), resident: process.memoryUsage().rss };
      };
      const before = recordAnew(20);
      const after = recordAnew(60);
      expect(after.numTensors).toBe(before.numTensors);
      // The variable and its two slots are 3 MB, and would be 180 by now.
      expect(after.resident - before.resident).toBeLessThan(60e6);
      program.dispose();
      optimizer.dispose();
    }),
  );
});

describe.skipIf(missing !== undefined)(`sets of shapes beyond maxTraces${note}`, () => {
  const counter = async (w: tf.Variable, options: CompileOptions) =>
    compileStep(
      {
        count: (x: tf.Tensor) => {
          w.assign(tf.add(w, tf.sum(x)));
          return tf.clone(w);
        },
      },
      options,
    );

  it(
    'run as they are where that is wanted, and are told of once',
    withVariables(async () => {
      const reasons: string[] = [];
      const w = variableOf(() => tf.scalar(0));
      const program = await counter(w, { maxTraces: 2, onEager: (reason) => reasons.push(reason) });
      let expected = 0;
      for (let i = 0; i < 100; i++) {
        const size = 1 + ((i * 7) % 23);
        expected += size;
        expect(tf.tidy(() => program.count(tf.ones([size])).dataSync()[0])).toBe(expected);
      }
      expect(reasons).toEqual([
        'compileStep: `maxTraces` is 2, and `count` was called with yet another set of shapes or scalars, after:  [1];  [8]. Others, such as  [15], run as they are.',
      ]);
      program.dispose();
    }),
  );

  it(
    'take the place of what is out of use',
    withVariables(async () => {
      let runs = 0;
      const f = (x: tf.Tensor) => {
        runs++;
        return tf.sum(x);
      };
      const program = await compileStep({ f }, { maxTraces: 1, onEager: () => undefined });
      const runsOf = (size: number) => {
        const before = runs;
        expect(tf.tidy(() => program.f(tf.ones([size])).dataSync()[0])).toBe(size);
        return runs - before;
      };
      expect([2, 2].map(runsOf)).toEqual([2, 0]);
      // As it is, call by call, while the other may come up again.
      for (let i = 0; i < 98; i++) expect(runsOf(3)).toBe(1);
      expect([2, 3, 2].map(runsOf)).toEqual([0, 1, 0]);
      for (let i = 0; i < 100; i++) runsOf(3);
      expect([3, 3].map(runsOf)).toEqual([2, 0]);
      program.dispose();
    }),
  );
});
