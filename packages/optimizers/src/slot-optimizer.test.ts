import { goldenValues } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it } from 'vitest';
import { FACTORIES, VARIANTS } from './__fixtures__/optimizers.js';
import { adamW, Lamb, lars, MomentumSGD, rmspropTF, sgd, stableAdamW } from './index.js';

const made: { dispose(): void }[] = [];
/** Disposes `thing` after the test. */
function own<T extends { dispose(): void }>(thing: T): T {
  made.push(thing);
  return thing;
}
afterEach(() => {
  for (const thing of made.splice(0)) thing.dispose();
});

const variable = (values: number[] | number[][], name?: string) =>
  own(tf.tidy(() => tf.variable(tf.tensor(values), true, name)));
const valuesOf = (...tensors: tf.Tensor[]) => tensors.map((tensor) => [...tensor.dataSync()]);

/** Applies gradients, null for none. */
function apply(optimizer: tf.Optimizer, pairs: [tf.Variable, tf.TensorLike | null][]): void {
  tf.tidy(() =>
    optimizer.applyGradients(
      pairs.map(([{ name }, values]) => ({ name, tensor: (values === null ? null : tf.tensor(values)) as tf.Tensor })),
    ),
  );
}

function smallModel(): tfl.LayersModel {
  const initializer = (seed: number) => tfl.initializers.varianceScaling({ seed });
  return own(
    tfl.sequential({
      layers: [
        tfl.layers.dense({
          units: 4,
          inputShape: [2],
          activation: 'tanh',
          kernelInitializer: initializer(1),
          name: 'fc_1',
        }),
        tfl.layers.dense({ units: 3, kernelInitializer: initializer(2), name: 'fc_2' }),
      ],
    }),
  );
}

const modelWeights = (model: tfl.LayersModel) => valuesOf(...model.weights.map((weight) => weight.read()));

const KERNEL = [
  [1, 2],
  [-1, 0.5],
];
const OTHER = [
  [3, 4],
  [-0.25, 2],
];
const GRADIENT = [
  [0.5, -1],
  [2, 0.25],
];

describe.each(Object.entries(VARIANTS))('%s', (name, make) => {
  it('trains in fit', async () => {
    const model = smallModel();
    const optimizer = own(make({ learningRate: 0.05 }));
    model.compile({ optimizer, loss: 'meanSquaredError' });
    const x = own(tf.tensor2d(goldenValues('x', 32), [16, 2]));
    const y = own(tf.tidy(() => tf.concat([tf.square(x), tf.sum(x, 1, true)], 1)));
    const { history } = await model.fit(x, y, { epochs: 20, batchSize: 8, verbose: 0 });
    const losses = history['loss'] as number[];
    expect(losses.at(-1)!).toBeLessThan(losses[0]! * 0.9);
  });

  it('is saved and loaded with a model, and goes on as if it had not been', async () => {
    const model = smallModel();
    const optimizer = own(make({ learningRate: 0.125, rateFactors: { fc_1: 0.5, 'fc_1/bias': 2 }, exclude: ['fc_2'] }));
    model.compile({ optimizer, loss: 'meanSquaredError' });
    const [x, y] = [own(tf.ones([4, 2])), own(tf.ones([4, 3]))];
    for (let step = 0; step < 3; step++) await model.trainOnBatch(x, y);
    let artifacts: tf.io.ModelArtifacts | undefined;
    const save = tf.io.withSaveHandler(async (saved) => {
      artifacts = { ...JSON.parse(JSON.stringify({ ...saved, weightData: undefined })), weightData: saved.weightData };
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    });
    await model.save(save, { includeOptimizer: true });

    const restored = own(await tfl.loadLayersModel(tf.io.fromMemory(artifacts!)));
    own(restored.optimizer);
    expect(restored.optimizer.getClassName()).toBe(optimizer.getClassName());
    expect(restored.optimizer.getConfig()).toEqual(optimizer.getConfig());
    expect(restored.optimizer.iterations).toBe(3);
    for (let step = 0; step < 2; step++) {
      await model.trainOnBatch(x, y);
      await restored.trainOnBatch(x, y);
    }
    expect(modelWeights(restored)).toEqual(modelWeights(model));
  });

  it('keeps slots with their variables when the list of gradients changes', () => {
    const [a, b, alone] = [variable(KERNEL), variable(OTHER), variable(KERNEL)];
    const [optimizer, other] = [own(quick(make)), own(quick(make))];
    const gradients = [GRADIENT, OTHER, KERNEL];
    for (const [i, gradient] of gradients.entries()) {
      apply(
        optimizer,
        i === 1
          ? [
              [b, GRADIENT],
              [a, gradient],
            ]
          : [
              [a, gradient],
              [b, null],
            ],
      );
      apply(other, [[alone, gradient]]);
    }
    expect(valuesOf(a)).toEqual(valuesOf(alone));
  });

  it('multiplies the rate of layers and weights, and leaves frozen ones as they are', () => {
    const [full, half, frozen] = ['a/kernel', 'b/kernel', 'b/bias'].map((each) => variable(KERNEL, each));
    const reference = variable(KERNEL);
    const optimizer = own(quick(make, { b: 0.5, 'b/bias': 0 }));
    const slow = own(make({ learningRate: 0.125 }));
    for (let step = 0; step < 3; step++) {
      apply(optimizer, [
        [full!, GRADIENT],
        [half!, GRADIENT],
        [frozen!, GRADIENT],
      ]);
      apply(slow, [[reference, GRADIENT]]);
    }
    expect(valuesOf(frozen!)).toEqual([KERNEL.flat()]);
    expect(valuesOf(half!)).toEqual(valuesOf(reference));
    expect(valuesOf(full!)).not.toEqual(valuesOf(half!));
  });

  it('keeps its rate in a tensor where it is told to', () => {
    const [p, q] = [variable(KERNEL), variable(KERNEL)];
    const [optimizer, plain] = [own(quick(make)), own(make({ learningRate: 0.0625 }))];
    tf.tidy(() => optimizer.withLearningRate(tf.scalar(0.0625), () => apply(optimizer, [[p, GRADIENT]])));
    apply(plain, [[q, GRADIENT]]);
    expect(valuesOf(p)).toEqual(valuesOf(q));
    optimizer.setLearningRate(0.5);
    expect(optimizer.learningRate).toBe(0.5);
  });

  it('does not hide a NaN', () => {
    const [kernel, bias] = [variable(KERNEL), variable(KERNEL[0]!)];
    const [first, ...others] = GRADIENT;
    apply(own(quick(make)), [
      [kernel, [[Number.NaN, first![1]!], ...others]],
      [bias, [Number.NaN, 1]],
    ]);
    expect([kernel.dataSync()[0], bias.dataSync()[0]]).toEqual([Number.NaN, Number.NaN]);
  });

  it('refuses options it cannot use', () => {
    const kind = /^\w+/.exec(name)![0] as keyof typeof FACTORIES;
    const factory = FACTORIES[kind] as (args: object) => unknown;
    const who = kind === 'adam' ? 'adamW' : kind;
    for (const [args, message] of [
      [{ learningRate: -1 }, '`learningRate` must be finite and >= 0, got -1.'],
      [{ learningRate: '1' }, '`learningRate` must be a number, got "1".'],
      [{ learningRate: 1, rateFactors: { stem: -1 } }, '`rateFactors.stem` must be finite and >= 0, got -1.'],
      [{ learningRate: 1, rateFactors: ['stem'] }, '`rateFactors` must be an object like { stem: 0.1 }, got ["stem"].'],
    ] as const) {
      expect(() => factory(args)).toThrow(`${kind}: ${message}`);
    }
    const p = variable([[1]], 'fc/kernel');
    expect(() => apply(own(quick(make, { stem: 1 })), [[p, [[1]]]])).toThrow(
      `${who}: \`rateFactors\` must name layers ('head') or weights of layers ('head/kernel'), got 'stem'`,
    );
  });
});

type Make = (typeof VARIANTS)[keyof typeof VARIANTS];
/** One of rate 0.25. */
function quick(make: Make, rateFactors: Record<string, number> = {}) {
  return make({ learningRate: 0.25, rateFactors });
}

it('decays kernels only, and no excluded ones', () => {
  const [kernel, bias, excluded] = [variable([[1]], 'a/kernel'), variable([1], 'a/bias'), variable([[1]], 'b/kernel')];
  // No gradient, so nothing but decay: 1 - 0.5 * 0.2.
  apply(own(adamW({ learningRate: 0.5, weightDecay: 0.2, exclude: ['b'] })), [
    [kernel, [[0]]],
    [bias, [0]],
    [excluded, [[0]]],
  ]);
  expect(valuesOf(kernel, bias, excluded)).toEqual([[Math.fround(0.9)], [1], [1]]);
});

it('does not go against its gradient where it is cautious', () => {
  const [p, q] = [variable([[1, 1, 1, 1]]), variable([[1, 1, 1, 1]])];
  const [plain, cautious] = [false, true].map((cautious) =>
    own(sgd({ learningRate: 0.25, momentum: 0.5, nesterov: false, cautious })),
  );
  for (const gradient of [[[4, 4, 4, 4]], [[4, -1, -1, 0]]]) {
    apply(plain!, [[p, gradient]]);
    apply(cautious!, [[q, gradient]]);
  }
  // 1 - 0.25 * 4 = 0, then by velocities of 2 + [4, -1, -1, 0]: only the first has the sign of its gradient, one of four.
  expect(valuesOf(p)).toEqual([[-1.5, -0.25, -0.25, -0.5]]);
  expect(valuesOf(q)).toEqual([[-6, 0, 0, 0]]);
});

it('makes no longer a step of a gradient that outgrows those before it, if it is stable', () => {
  const [p, q] = [variable([0]), variable([0])];
  const options = { learningRate: 1, beta1: 0, beta2: 0.5, eps: 1e-12 };
  const [plain, stable] = [own(adamW(options)), own(stableAdamW(options))];
  for (const gradient of [[1], [2]]) {
    apply(plain, [[p, gradient]]);
    apply(stable, [[q, gradient]]);
  }
  // Corrected mean squares 1 and (0.25 + 2) / 0.75 = 3: directions 1 and 2 / sqrt(3), which also is the second one's RMS.
  expect(p.dataSync()[0]).toBeCloseTo(-1 - 2 / Math.sqrt(3), 6);
  expect(q.dataSync()[0]).toBeCloseTo(-2, 6);
});

it('moves a weight that is zero', () => {
  const [p, q] = [variable([[0]]), variable([[0]])];
  // The trust ratio is 1 there: 0 - 0.5 * 1, and 0 - 0.5 * sign.
  apply(own(lars({ learningRate: 0.5 })), [[p, [[1]]]]);
  apply(own(new Lamb({ learningRate: 0.5 })), [[q, [[1]]]]);
  expect(p.dataSync()[0]).toBe(-0.5);
  expect(q.dataSync()[0]).toBeCloseTo(-0.5, 5);
});

it('tells its instances from other optimizers', () => {
  const [ours, theirs] = [own(sgd({ learningRate: 1 })), own(adamW({ learningRate: 1 }))];
  expect([ours instanceof MomentumSGD, theirs instanceof MomentumSGD, ours instanceof tf.Optimizer]).toEqual([
    true,
    false,
    true,
  ]);
});

it('refuses shares of a mean that are not below 1', () => {
  expect(() => adamW({ learningRate: 1, beta2: 1 })).toThrow('adamW: `beta2` must be in [0, 1), got 1.');
  expect(() => rmspropTF({ learningRate: 1, decay: 2 })).toThrow('rmspropTF: `decay` must be in [0, 1), got 2.');
  expect(() => lars({ learningRate: 1, momentum: -1 })).toThrow('lars: `momentum` must be in [0, 1), got -1.');
  expect(() => lars({ learningRate: 1, exclude: 'head' as never })).toThrow(
    'lars: `exclude` must be an array of layer names',
  );
});

describe('options that no optimizer has', () => {
  it.each<[string, unknown, string]>([
    ['sgd', { learningRate: 0.1, moment: 0.5 }, 'sgd: no option `moment`; did you mean `momentum`?'],
    ['sgd', { lr: 0.1 }, 'sgd: no option `lr`; did you mean `learningRate`?'],
    ['sgd', { learningRate: 0.1, weight_decay: 0.1 }, 'sgd: no option `weight_decay`. Put addDecayedWeights('],
    ['sgd', { learningRate: 0.1, caution: true }, 'sgd: no option `caution`. It is `cautious` here.'],
    ['adam', { learningRate: 0.1, cautious: 1 }, 'adam: `cautious` must be true or false, got 1.'],
    ['sgd', { learningRate: 0.1, nesterov: 'yes' }, 'sgd: `nesterov` must be true or false, got "yes".'],
    ['adam', { learningRate: 0.1, betas: [0.9, 0.99] }, 'adam: no option `betas`. They are `beta1` and `beta2` here.'],
    ['adam', {}, 'adam: `learningRate` must be a number, got undefined.'],
    ['adam', { learningRate: 0.1, beta2: 1 }, 'adam: `beta2` must be in [0, 1), got 1.'],
    ['adam', { learningRate: 0.1, weightDecay: 0.1 }, 'adam: no option `weightDecay`. Put addDecayedWeights('],
    ['adamW', { learningRate: 0.1, epsilon: 1e-7 }, 'adamW: no option `epsilon`. It is `eps` here.'],
    ['stableAdamW', { learningRate: 0.1, eps: -1 }, 'stableAdamW: `eps` must be finite and >= 0, got -1.'],
    ['lars', { learningRate: 0.1, trust_coeff: 1 }, 'lars: no option `trust_coeff`; did you mean `trustCoefficient`?'],
    ['muon', { learningRate: 0.1, momentum: 1 }, 'muon: `momentum` must be in [0, 1), got 1.'],
    ['muon', { learningRate: 0.1, nsSteps: 0 }, 'muon: `nsSteps` must be a whole number from 1, got 0.'],
    ['muon', { learningRate: 0.1, nsCoefficients: 'polar' }, "muon: `nsCoefficients` must be one of 'original', "],
    [
      'muon',
      { learningRate: 0.1, convMode: 'batch' },
      "must be one of 'flatten', 'batched', got \"batch\"; did you mean",
    ],
    [
      'muon',
      { learningRate: 0.1, adjustLearningRate: 'rms' },
      "must be one of 'original', 'matchRmsAdamW', got \"rms\"",
    ],
    [
      'muon',
      { learningRate: 0.1, fallback: 'adam' },
      "must be one of 'adamW', 'sgd', got \"adam\"; did you mean 'adamW'?",
    ],
    ['muon', { learningRate: 0.1, fallbackRateFactor: -1 }, '`fallbackRateFactor` must be finite and >= 0, got -1.'],
    ['muon', { learningRate: 0.1, weightDecay: '1' }, 'muon: `weightDecay` must be a number, got "1".'],
    ['muon', { learningRate: 0.1, exclude: 'head' }, 'muon: `exclude` must be an array of layer names'],
    ['muon', { learningRate: 0.1, beta2: 2 }, 'muon: `beta2` must be in [0, 1), got 2.'],
    ['muon', { learningRate: 0.1, fallback: 'sgd', eps: 1 }, "muon: `eps` must be left out with the fallback 'sgd'"],
    ['muon', { learningRate: 0.1, nsStep: 5 }, 'muon: no option `nsStep`; did you mean `nsSteps`?'],
    ['rmspropTF', { learningRate: 0.1, alpha: 0.9 }, 'rmspropTF: no option `alpha`. It has learningRate,'],
  ])('%s(%j) is refused', (name, args, message) => {
    const factory = FACTORIES[name as keyof typeof FACTORIES] as (args: unknown) => unknown;
    expect(() => factory(args)).toThrow(message);
  });

  it.each(Object.keys(FACTORIES))(
    '%s says what it takes when it gets nothing, or a rate as tf.train has it',
    (name) => {
      const factory = FACTORIES[name as keyof typeof FACTORIES] as (args?: unknown) => unknown;
      expect(() => factory()).toThrow(
        `${name}: options must be an object like { learningRate, rateFactors }, got undefined.`,
      );
      expect(() => factory(0.001)).toThrow(
        `${name}: options must be an object like { learningRate, rateFactors }, got 0.001.`,
      );
    },
  );
});

it('says what gradients and weights must be', async () => {
  const optimizer = FACTORIES.sgd({ learningRate: 0.1 });
  const gradient = tf.scalar(1);
  expect(() => optimizer.applyGradients({ 'no/kernel': gradient })).toThrow(
    'sgd: gradients must have the names of variables, got "no/kernel".',
  );
  await expect(optimizer.setWeights([])).rejects.toThrow('sgd: `weights` must be what getWeights() gives, got [].');
  tf.dispose(gradient);
  optimizer.dispose();
});
