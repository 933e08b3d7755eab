/*
 * Runs that are broken on purpose, on every engine that is there. Each must be reported within one step of the step at which
 * tfjs's plain cpu backend, on which nothing is fused or rewritten, reports it. `NFNETS_TABLE=1` prints the table.
 */
import { adaptiveGradClip, clipByGlobalNorm, clipByValue, withTransforms } from '@nfnets/agc';
import { useBackend } from '@nfnets/backends';
import { arrayDataset } from '@nfnets/data';
import { adam, sgd } from '@nfnets/optimizers';
import { mulberry32 } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import {
  accumulatedStep,
  evaluate,
  type RunDiverged,
  samStep,
  type TrainEvent,
  type TrainTask,
  train,
} from '../index.js';

type Net = 'relu' | 'relu6' | 'gelu' | 'maxPool' | 'averagePool' | 'dense' | 'depthwise' | 'norm';

/** How a run is broken. */
interface Break {
  readonly name: string;
  readonly net: Net;
  /** Before step 5, whose number it gets, or at every step. */
  readonly weights?: (model: tf.LayersModel) => void;
  /** Values of the images of the whole run's step 5. */
  readonly images?: (image: Float32Array) => void;
  readonly rate?: (step: number) => number;
  readonly change?: () => Partial<TrainTask>;
  readonly optimizer?: () => tf.Optimizer;
  readonly batchSize?: number;
}

/** The step before which weights and images are broken, and of how many. */
const [BREAK_AT, STEPS, SIDE] = [5, 12, 8];

function makeModel(net: Net): tf.LayersModel {
  const seeded = (seed: number) => tf.initializers.heNormal({ seed });
  const convolution = (name: string, seed: number, more: object = {}) =>
    tf.layers.conv2d({ name, filters: 6, kernelSize: 3, padding: 'same', kernelInitializer: seeded(seed), ...more });
  const input = { inputShape: [SIDE, SIDE, 2] };
  const relu = { activation: 'relu' } as const;
  const head = (seed: number) => tf.layers.dense({ name: 'head', units: 3, kernelInitializer: seeded(seed) });
  const layers: Record<Net, tf.layers.Layer[]> = {
    relu: [
      convolution('first', 1, { ...input, ...relu }),
      convolution('second', 2, relu),
      tf.layers.flatten(),
      head(3),
    ],
    relu6: [
      convolution('first', 1, input),
      tf.layers.reLU({ maxValue: 6 }),
      convolution('second', 2, { activation: 'relu6' }),
      tf.layers.flatten(),
      head(3),
    ],
    gelu: [
      convolution('first', 1, { ...input, activation: 'selu' }),
      convolution('second', 2, { activation: 'elu' }),
      tf.layers.flatten(),
      head(3),
    ],
    maxPool: [
      convolution('first', 1, input),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      convolution('second', 2, relu),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.flatten(),
      head(3),
    ],
    averagePool: [
      convolution('first', 1, { ...input, ...relu }),
      tf.layers.averagePooling2d({ poolSize: 2 }),
      convolution('second', 2, relu),
      tf.layers.globalAveragePooling2d({}),
      head(3),
    ],
    dense: [
      tf.layers.flatten(input),
      tf.layers.dense({ name: 'first', units: 12, ...relu, kernelInitializer: seeded(1) }),
      tf.layers.dense({ name: 'second', units: 12, ...relu, kernelInitializer: seeded(2) }),
      head(3),
    ],
    depthwise: [
      tf.layers.depthwiseConv2d({
        name: 'first',
        kernelSize: 3,
        depthMultiplier: 2,
        padding: 'same',
        ...relu,
        depthwiseInitializer: seeded(1),
        ...input,
      }),
      convolution('second', 2, { kernelSize: 1, ...relu }),
      tf.layers.globalAveragePooling2d({}),
      head(3),
    ],
    norm: [
      convolution('first', 1, input),
      tf.layers.batchNormalization({ name: 'statistics' }),
      tf.layers.reLU(),
      convolution('second', 2, relu),
      tf.layers.globalAveragePooling2d({}),
      head(3),
    ],
  };
  return tf.sequential({ layers: layers[net] });
}

/** Sets one element, or all, of the weight number `index` of a layer. */
const setWeight =
  (layer: string, value: number, { index = 0, all = false } = {}) =>
  (model: tf.LayersModel) => {
    const variable = model.getLayer(layer).weights[index]!.read() as tf.Variable;
    tf.tidy(() => {
      const values = variable.dataSync().slice();
      if (all) values.fill(value);
      else values[0] = value;
      variable.assign(tf.tensor(values, variable.shape));
    });
  };

const agc = () => withTransforms(sgd({ learningRate: 0.05 }), adaptiveGradClip({ clipFactor: 0.05 }));
const explode = (rate: number) => (step: number) => (step < BREAK_AT ? 0.02 : rate);
const NETS: readonly Net[] = ['relu', 'relu6', 'gelu', 'maxPool', 'averagePool', 'dense', 'depthwise', 'norm'];

const BREAKS: readonly Break[] = [
  ...NETS.map((net) => ({ name: `${net}: NaN in the first kernel`, net, weights: setWeight('first', Number.NaN) })),
  ...NETS.map((net) => ({
    name: `${net}: all of the second kernel NaN`,
    net,
    weights: setWeight('second', Number.NaN, { all: true }),
  })),
  // Activations of a relu6 stay small whatever the weights are: these must overflow themselves.
  ...NETS.map((net) => {
    const rate = net === 'relu6' ? 3e38 : 1e30;
    return { name: `${net}: a rate of ${rate}`, net, rate: explode(rate) };
  }),
  ...(['relu', 'dense', 'maxPool'] as const).map((net) => ({
    name: `${net}: Infinity in the second kernel`,
    net,
    weights: setWeight('second', Infinity),
  })),
  ...(['relu', 'relu6', 'depthwise'] as const).map((net) => ({
    name: `${net}: -NaN made by arithmetic in a bias`,
    net,
    weights: (model: tf.LayersModel) => {
      const bias = model.getLayer('first').weights[1]!.read() as tf.Variable;
      // Inf - Inf: the sign bit of this NaN is set.
      tf.tidy(() => bias.assign(tf.sub(tf.fill(bias.shape, Infinity), tf.fill(bias.shape, Infinity))));
    },
  })),
  ...(['relu', 'maxPool', 'dense', 'depthwise'] as const).map((net) => ({
    name: `${net}: one image with a NaN`,
    net,
    images: (image: Float32Array) => void image.fill(Number.NaN, 3, 4),
  })),
  { name: 'relu: one image with Infinity', net: 'relu', images: (image) => void image.fill(Infinity, 3, 4) },
  { name: 'relu: a rate of 1e12', net: 'relu', rate: explode(1e12) },
  { name: 'dense: a rate of 1e15', net: 'dense', rate: explode(1e15) },
  { name: 'relu: NaN, clipped adaptively', net: 'relu', weights: setWeight('first', Number.NaN), optimizer: agc },
  {
    name: 'maxPool: NaN, clipped adaptively',
    net: 'maxPool',
    weights: setWeight('second', Number.NaN),
    optimizer: agc,
  },
  {
    name: 'relu: NaN, clipped by value',
    net: 'relu',
    weights: setWeight('second', Number.NaN),
    optimizer: () => withTransforms(sgd({ learningRate: 0.05 }), clipByValue({ maxValue: 0.5 })),
  },
  {
    name: 'relu6: NaN, clipped by the norm of all',
    net: 'relu6',
    weights: setWeight('first', Number.NaN),
    optimizer: () => withTransforms(sgd({ learningRate: 0.05 }), clipByGlobalNorm({ maxNorm: 1 })),
  },
  {
    name: 'relu: NaN, adam',
    net: 'relu',
    weights: setWeight('first', Number.NaN),
    optimizer: () => adam({ learningRate: 0.01 }),
  },
  {
    name: 'relu: NaN, sharpness-aware',
    net: 'relu',
    weights: setWeight('first', Number.NaN),
    change: () => ({ step: samStep() }),
  },
  {
    name: 'dense: NaN, accumulated',
    net: 'dense',
    weights: setWeight('second', Number.NaN),
    change: () => ({ step: accumulatedStep({ microBatches: 2 }) }),
  },
  { name: 'relu: NaN, batches of 1', net: 'relu', weights: setWeight('second', Number.NaN), batchSize: 1 },
  { name: 'averagePool: NaN, batches of 7', net: 'averagePool', weights: setWeight('first', Number.NaN), batchSize: 7 },
  {
    name: 'norm: NaN in the moving mean',
    net: 'norm',
    weights: setWeight('statistics', Number.NaN, { index: 2 }),
  },
  { name: 'norm: NaN in a gain', net: 'norm', weights: setWeight('statistics', Number.NaN, { index: 0 }) },
];

/** Images and labels of all steps. */
function makeData(batchSize: number, breakImage: Break['images']) {
  const random = mulberry32(5);
  const length = batchSize * STEPS;
  const images = Float32Array.from({ length: length * SIDE * SIDE * 2 }, () => 2 * random() - 1);
  const labels = Array.from({ length }, (_, i) => i % 3);
  const data = arrayDataset({ images, labels, imageShape: [SIDE, SIDE, 2], numClasses: 3 });
  const size = SIDE * SIDE * 2;
  return {
    ...data,
    length,
    imageShape: data.imageShape,
    numClasses: 3,
    // In the order of the samples, so that every engine sees the broken one in the same step.
    async *batches() {
      for (let step = 0; step < STEPS; step++) {
        const values = images.slice(step * batchSize * size, (step + 1) * batchSize * size);
        if (step === BREAK_AT) breakImage?.(values);
        yield {
          images: tf.tensor4d(values, [batchSize, SIDE, SIDE, 2]),
          labels: tf.tensor1d(labels.slice(step * batchSize, (step + 1) * batchSize), 'int32'),
        };
      }
    },
  };
}

/** Runs until the end, or until it is reported. */
async function run(broken: Break, compile: boolean): Promise<{ end: TrainEvent; loss: number }> {
  const { net, weights, images, rate, change, optimizer: make, batchSize = 6 } = broken;
  const model = makeModel(net);
  const optimizer = make?.() ?? sgd({ learningRate: 0.02 });
  const data = makeData(batchSize, images);
  const task: TrainTask = {
    model,
    optimizer,
    data,
    epochs: 1,
    batchSize,
    seed: 1,
    compile,
    // What is finite and too high is no fault here.
    divergence: { margin: 1e30 },
    ...(rate && { schedule: rate }),
    ...change?.(),
  };
  try {
    let end: TrainEvent | undefined;
    for await (const event of train(task)) {
      if (event.type === 'step-end' && event.step === BREAK_AT - 1) weights?.(model);
      end = event;
    }
    const { loss } = await evaluate(model, makeData(batchSize, undefined), { batchSize });
    return { end: end!, loss };
  } finally {
    optimizer.dispose();
    model.dispose();
  }
}

interface Report {
  readonly step: number | undefined;
  readonly layer: string | undefined;
  readonly kind: string;
}

async function report(broken: Break, compile: boolean): Promise<Report & { readonly evaluation: number }> {
  const { end, loss } = await run(broken, compile);
  if (end.type !== 'run-diverged') return { step: undefined, layer: undefined, kind: end.type, evaluation: loss };
  const { step, layer, kind }: RunDiverged = end;
  return { step, layer, kind, evaluation: loss };
}

const missing = await useBackend('native').then(
  () => undefined,
  () => 'needs TensorFlow: npx nfnets-native',
);
const ENGINES: readonly {
  readonly name: string;
  readonly use: () => Promise<unknown>;
  readonly compile: boolean;
  readonly missing?: string | undefined;
}[] = [
  { name: 'wasm', use: () => useBackend('wasm', { threads: 1 }), compile: false },
  { name: 'native, eager', use: () => useBackend('native'), compile: false, missing },
  { name: 'native, compiled', use: () => useBackend('native'), compile: true, missing },
];
const table = new Map<string, string[]>(BREAKS.map(({ name }) => [name, []]));
const cell = ({ step, layer, kind }: Report) => (step === undefined ? kind : `${step} ${layer ?? '-'} (${kind})`);

const truth = new Map<string, Report>();
describe('on the cpu, the truth', () => {
  it.each(BREAKS)('$name', async (broken) => {
    await tf.setBackend('cpu');
    const found = await report(broken, false);
    truth.set(broken.name, found);
    table.get(broken.name)!.push(cell(found));
    // At the step that is broken, or the first after an update that was.
    expect([BREAK_AT, BREAK_AT + 1, BREAK_AT + 2]).toContain(found.step);
    expect(found.layer).toBeDefined();
    expect(found.evaluation).not.toBeLessThan(1e6);
  });
});

describe.each(ENGINES)('on $name', ({ use, compile, missing: why }) => {
  it.skipIf(why !== undefined).each(BREAKS)(`$name${why ? ` (${why})` : ''}`, async (broken) => {
    await use();
    const found = await report(broken, compile);
    table.get(broken.name)!.push(cell(found));
    const { step } = truth.get(broken.name)!;
    expect(found.step, cell(found)).toBeDefined();
    expect(Math.abs(found.step! - step!), `${cell(found)}, the cpu ${step}`).toBeLessThanOrEqual(1);
    expect(found.layer).toBeDefined();
    expect(found.evaluation).not.toBeLessThan(1e6);
  });
});

afterAll(() => {
  if (!process.env['NFNETS_TABLE']) return;
  const rows = [...table].map(([name, cells]) => `| ${name} | ${cells.join(' | ')} |`);
  process.stdout.write(
    ['| run | cpu | wasm | native, eager | native, compiled |', '| --- | --- | --- | --- | --- |', ...rows, ''].join(
      '\n',
    ),
  );
});
