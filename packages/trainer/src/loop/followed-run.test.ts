import { agc } from '@nfnets/agc';
import { useBackend } from '@nfnets/backends';
import { arrayDataset, type Batch, type Dataset } from '@nfnets/data';
import { adam, adamW, lamb, lars, muon, rmspropTF, sgd, stableAdamW } from '@nfnets/optimizers';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { accumulatedStep, type Ema, ema, samStep, type TrainEvent, type TrainTask, train } from '../index.js';

const missing = await useBackend('native').then(
  () => undefined,
  () => 'needs TensorFlow: npx nfnets-native',
);
await useBackend('wasm');

/** Where runs must do the same: an engine and how it runs steps. */
const paths = [
  ['cpu', false, undefined],
  ['wasm', false, undefined],
  ['wasm', true, undefined],
  ['wasm', 'auto', undefined],
  ['tensorflow', false, missing],
  ['tensorflow', true, missing],
  ['tensorflow', 'auto', missing],
] as const;

const data = arrayDataset({
  images: Float32Array.from({ length: 64 }, (_, i) => Math.sin(3 * i + 1)),
  labels: Array.from({ length: 16 }, (_, i) => (i * i) % 3),
  numClasses: 3,
  imageShape: [4],
});

/** Multiplies by a factor while training. */
class Scaled extends tf.layers.Layer {
  static readonly className = 'Scaled';
  private readonly settings = { factor: 0.75 };

  override call(inputs: tf.Tensor[], { training }: { training?: boolean }): tf.Tensor {
    return training ? tf.mul(inputs[0]!, this.settings.factor) : tf.clone(inputs[0]!);
  }
}
tf.serialization.registerClass(Scaled);

/** Two layers of one shape, and logits. */
function makeModel(): tf.Sequential {
  const initializer = (seed: number) => tf.initializers.randomNormal({ stddev: 0.5, seed });
  return tf.sequential({
    layers: [
      tf.layers.dense({
        units: 4,
        inputShape: [4],
        activation: 'tanh',
        kernelInitializer: initializer(1),
        name: 'first',
      }),
      tf.layers.dense({ units: 4, activation: 'tanh', kernelInitializer: initializer(2), name: 'second' }),
      new Scaled({ name: 'scaled' }),
      tf.layers.dense({ units: 3, kernelInitializer: initializer(3), name: 'head' }),
    ],
  });
}

const layerOf = (model: tf.LayersModel, name: string) =>
  model.getLayer(name) as tf.layers.Layer & { trainable: boolean };
const kernelOf = (model: tf.LayersModel, name: string) => [...layerOf(model, name).getWeights()[0]!.dataSync()];

interface Run {
  readonly events: TrainEvent[];
  readonly losses: number[];
  readonly weights: number[];
  readonly averages: number[];
  /** Of steps, which layers moved. */
  readonly moved: string[];
}

type Change = (model: tf.LayersModel, optimizer: tf.Optimizer, event: TrainEvent) => void;

async function run(
  optimizer: tf.Optimizer,
  task: Partial<TrainTask> & { average?: boolean },
  { before, after }: { before?: (model: tf.LayersModel) => void; after?: Change },
): Promise<Run> {
  const model = makeModel();
  before?.(model);
  const { average: hasAverage, ...changes } = task;
  let average: Ema | undefined;
  if (hasAverage) average = ema(model, { decay: 0.5, warmup: false });
  const [events, moved]: [TrainEvent[], string[]] = [[], []];
  const kernels = () => ['first', 'second', 'head'].map((name) => String(kernelOf(model, name)));
  let last = kernels();
  for await (const event of train({
    model,
    optimizer,
    data,
    epochs: 4,
    batchSize: 8,
    seed: 1,
    ...(average && { ema: average }),
    ...changes,
  })) {
    events.push(event);
    if (event.type === 'step-end') {
      const now = kernels();
      moved.push(['first', 'second', 'head'].filter((_, i) => now[i] !== last[i]).join());
      last = now;
    }
    after?.(model, optimizer, event);
  }
  const read = () => model.layers.flatMap((layer) => layer.getWeights()).flatMap((weight) => [...weight.dataSync()]);
  const weights = read();
  const averages = average ? await average.withAverage(read) : [];
  average?.dispose();
  model.dispose();
  disposeOptimizer(optimizer);
  const losses = events.flatMap((event) => (event.type === 'step-end' ? [event.loss] : []));
  return { events, losses, weights, averages, moved };
}

function disposeOptimizer(optimizer: tf.Optimizer): void {
  optimizer.dispose();
  // tf's own leaks: the rate and the momentum, which it keeps in tensors besides.
  const { c, m, optimizer: inner } = optimizer as unknown as { c?: tf.Tensor; m?: tf.Tensor; optimizer?: tf.Optimizer };
  tf.dispose([c ?? [], m ?? []]);
  if (inner) disposeOptimizer(inner);
}

function expectAlike(actual: Run, expected: Run, tolerance = 1e-5): void {
  expect(actual.moved).toEqual(expected.moved);
  for (const key of ['losses', 'weights', 'averages'] as const) {
    expect(actual[key].length).toBe(expected[key].length);
    for (const [i, value] of expected[key].entries()) {
      expect(Math.abs(actual[key][i]! - value), `${key} ${i}`).toBeLessThan(tolerance);
    }
  }
}

function setRate(optimizer: tf.Optimizer, rate: number): void {
  const settable = optimizer as unknown as { setLearningRate?(rate: number): void; learningRate: number };
  if (settable.setLearningRate) settable.setLearningRate(rate);
  else settable.learningRate = rate;
}

const optimizers: Record<string, () => tf.Optimizer> = {
  sgd: () => sgd({ learningRate: 0.1 }),
  'agc(sgd)': () => agc(sgd({ learningRate: 0.1 })),
  adam: () => adam({ learningRate: 0.1 }),
  adamW: () => adamW({ learningRate: 0.1 }),
  stableAdamW: () => stableAdamW({ learningRate: 0.1 }),
  muon: () => muon({ learningRate: 0.1, exclude: ['head'] }),
  lamb: () => lamb({ learningRate: 0.1 }),
  lars: () => lars({ learningRate: 0.1 }),
  rmspropTF: () => rmspropTF({ learningRate: 0.1 }),
  'tf.train.sgd': () => tf.train.sgd(0.1),
  'tf.train.momentum': () => tf.train.momentum(0.1, 0.9),
  'tf.train.adam': () => tf.train.adam(0.1),
  'agc(tf.train.momentum)': () => agc(tf.train.momentum(0.1, 0.9)),
};

describe.each(paths)('a run on %s, compile %s', (backend, compile, missing) => {
  const on = it.skipIf(missing !== undefined);
  const note = missing === undefined ? '' : ` (${missing})`;
  const onCpu = async (work: () => Promise<Run>) => {
    await tf.setBackend('cpu');
    const made = await work();
    await tf.setBackend(backend);
    return made;
  };
  beforeAll(async () => {
    if (missing === undefined) await tf.setBackend(backend);
  });

  // Where 'auto' compiles it does what true does.
  const all = Object.entries(optimizers).filter(([name]) => compile !== 'auto' || name.startsWith('tf.train'));
  on.each(all)(`follows the rate that is set in the loop: %s${note}`, async (_, make) => {
    const rates = [0.1, 0, 0, 0.2, 0.05, 0.05, 0.05];
    const go = (task: Partial<TrainTask>) =>
      run(make(), task, {
        after: (_, optimizer, event) => {
          if (event.type === 'step-end' && event.step < 7) setRate(optimizer, rates[event.step]!);
        },
      });
    const made = await go({ compile });
    expectAlike(made, await onCpu(() => go({ compile: false })));
    const all = 'first,second,head';
    expect(made.moved).toEqual([all, all, '', '', all, all, all, all]);
  });

  on.each(['sgd', 'adamW', 'tf.train.momentum', 'tf.train.adam', 'agc(tf.train.momentum)'])(
    `freezes and unfreezes in the loop, with averages: %s${note}`,
    async (name) => {
      const go = (task: Partial<TrainTask>) =>
        run(
          optimizers[name]!(),
          { ...task, average: true },
          {
            before: (model) => {
              layerOf(model, 'first').trainable = false;
            },
            after: (model, _, event) => {
              if (event.type === 'step-end' && event.step === 1) layerOf(model, 'first').trainable = true;
              if (event.type === 'step-end' && event.step === 3) layerOf(model, 'second').trainable = false;
              if (event.type === 'epoch-end' && event.epoch === 2) layerOf(model, 'second').trainable = true;
            },
          },
        );
      const made = await go({ compile });
      expectAlike(made, await onCpu(() => go({ compile: false })));
      const [late, all, without] = ['second,head', 'first,second,head', 'first,head'];
      expect(made.moved).toEqual([late, late, all, all, without, without, all, all]);
    },
  );

  on(`follows layers frozen under accumulatedStep and samStep${note}`, async () => {
    for (const step of [accumulatedStep({ microBatches: 2 }), samStep({ microBatches: 3 })]) {
      const go = (task: Partial<TrainTask>) =>
        run(
          sgd({ learningRate: 0.1 }),
          { ...task, step },
          {
            after: (model, _, event) => {
              if (event.type === 'step-end') layerOf(model, 'first').trainable = event.step > 3;
            },
          },
        );
      expectAlike(await go({ compile }), await onCpu(() => go({ compile: false })));
    }
  });

  on(`follows a layer's factor, the optimizer's momentum, and weights that are set${note}`, async () => {
    const go = (task: Partial<TrainTask>) =>
      run(sgd({ learningRate: 0.1 }), task, {
        after: (model, optimizer, event) => {
          if (event.type !== 'step-end') return;
          if (event.step === 1) Object.assign(layerOf(model, 'scaled'), { settings: { factor: 2 } });
          if (event.step === 3) (optimizer as unknown as { settings: { momentum: number } }).settings.momentum = 0;
          if (event.step === 4) tf.tidy(() => layerOf(model, 'second').setWeights([tf.eye(4), tf.zeros([4])]));
          if (event.step === 5) model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
        },
      });
    expectAlike(await go({ compile }), await onCpu(() => go({ compile: false })));
  });

  on(`takes batches of more shapes than it compiles for${note}`, async () => {
    /** Batches of 1, 2 ... samples, of one rank of labels and then the other. */
    const uneven: Dataset = {
      length: 100,
      imageShape: [4],
      numClasses: 3,
      async *batches(): AsyncGenerator<Batch> {
        for (let i = 0; i < 60; i++) {
          const size = 1 + ((i * 5) % 17);
          const labels = tf.tensor1d(
            Int32Array.from({ length: size }, (_, j) => (i + j) % 3),
            'int32',
          );
          const images = tf.randomNormal([size, 4], 0, 1, 'float32', i + 1);
          yield { images, labels: i % 20 < 10 ? labels : tf.tidy(() => tf.cast(tf.oneHot(labels, 3), 'float32')) };
          if (i % 20 >= 10) labels.dispose();
        }
      },
    };
    const go = (task: Partial<TrainTask>) => run(sgd({ learningRate: 0.01 }), { data: uneven, epochs: 1, ...task }, {});
    if (compile === true) {
      await expect(go({ compile, maxTraces: 2 })).rejects.toThrow(
        /`maxTraces` is 2, and `step` was called with yet another set of shapes .* or raise `maxTraces`/,
      );
      tf.disposeVariables();
      return;
    }
    const made = await go({ compile, maxTraces: 2 });
    expectAlike(made, await onCpu(() => go({ compile: false })), 1e-4);
    expect(made.losses.length).toBe(60);
    const told = made.events.filter((event) => event.type === 'run-eager');
    expect(told.length).toBe(compile === 'auto' ? 1 : 0);
  });
});
