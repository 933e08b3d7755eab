import { createModel, NFNET } from '@nfnets/models';
import { expectTensorClose } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Classifier, classify, preprocess } from './index.js';
import { IMAGENET_LABELS } from './labels.js';
import '@tensorflow/tfjs-backend-wasm';

const spec = { testSize: 8, crop: 'none', mean: [0, 0, 0], std: [255, 255, 255] } as const;
const COLOURS = ['red', 'green', 'blue'];

const models: tf.LayersModel[] = [];
afterEach(() => {
  for (const model of models.splice(0)) model.dispose();
});

/** Logits: ten times the mean red, green and blue. */
function colourModel(inputShape: tf.Shape = [null, null, 3]): tf.LayersModel {
  const model = tf.sequential({
    layers: [
      tf.layers.globalAveragePooling2d({ inputShape }),
      tf.layers.dense({ units: 3, useBias: false, kernelInitializer: tf.initializers.identity({ gain: 10 }) }),
    ],
  });
  models.push(model);
  return model;
}

function wideModel(classes: number): tf.LayersModel {
  const pool = tf.layers.globalAveragePooling2d({ inputShape: [8, 8, 3] });
  const kernelInitializer = tf.initializers.randomNormal({ seed: 1 });
  const model = tf.sequential({ layers: [pool, tf.layers.dense({ units: classes, kernelInitializer })] });
  models.push(model);
  return model;
}

const png = (background: object) => sharp({ create: { width: 20, height: 12, channels: 3, background } }).png();

describe.each(['cpu', 'wasm'])('on %s', (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });
  afterAll(async () => {
    await tf.setBackend('cpu');
  });

  it('names the most probable classes of a file, best first', async () => {
    const file = await png({ r: 0, g: 255, b: 102 }).toBuffer();
    const best = await classify(colourModel(), file, { labels: COLOURS, spec });
    // Logits 0, 10, 4.
    const sum = Math.exp(0) + Math.exp(10) + Math.exp(4);
    expect(best.map(({ label, index }) => [label, index])).toEqual([
      ['green', 1],
      ['blue', 2],
      ['red', 0],
    ]);
    expectTensorClose(
      best.map(({ probability }) => probability),
      [Math.exp(10) / sum, Math.exp(4) / sum, 1 / sum],
    );
  });

  it('gives a list per image for several, whatever their sizes and kinds', async () => {
    const model = colourModel();
    const file = await png({ r: 255, g: 0, b: 0 }).toBuffer();
    const pixels = { data: new Uint8Array([0, 0, 255, 255]), width: 1, height: 1 };
    const tensor = tf.tensor3d([0, 200, 0], [1, 1, 3]);
    const lists = await classify(model, [file, pixels, tensor], { labels: COLOURS, spec, topK: 1 });
    expect(lists.map((list) => list.map(({ label }) => label))).toEqual([['red'], ['blue'], ['green']]);
    expect(tensor.isDisposed).toBe(false);
    const batch = tf.stack([tensor, tensor]) as tf.Tensor4D;
    expect(await classify(model, batch, { labels: COLOURS, spec, topK: 1 })).toEqual([lists[2], lists[2]]);
    expect(await classify(model, [], { labels: COLOURS, spec })).toEqual([]);
    tf.dispose([tensor, batch]);
  });
});

it('knows the names of ImageNet and the size of the model’s input', async () => {
  const model = wideModel(1000);
  const image = tf.tensor3d([250, 10, 60], [1, 1, 3]);
  const best = await classify(model, image);
  expect(best).toHaveLength(5);
  const logits = tf.tidy(() => (model.predict(preprocess(image, { testSize: 8 })) as tf.Tensor).dataSync());
  expect(best[0]!.index).toBe(logits.indexOf(Math.max(...logits)));
  for (const { label, index } of best) expect(label).toBe(IMAGENET_LABELS[index]);
  image.dispose();
});

/** The mean over height and width, as the graph that a converter writes. */
const MEAN_GRAPH = {
  modelTopology: {
    versions: { producer: 1 },
    node: [
      {
        name: 'x',
        op: 'Placeholder',
        attr: {
          dtype: { type: 'DT_FLOAT' },
          shape: { shape: { dim: [{ size: '-1' }, { size: '4' }, { size: '4' }, { size: '3' }] } },
        },
      },
      {
        name: 'axes',
        op: 'Const',
        attr: {
          dtype: { type: 'DT_INT32' },
          value: { tensor: { dtype: 'DT_INT32', tensorShape: { dim: [{ size: '2' }] } } },
        },
      },
      { name: 'logits', op: 'Mean', input: ['x', 'axes'], attr: { keep_dims: { b: false } } },
    ],
  },
  weightSpecs: [{ name: 'axes', shape: [2], dtype: 'int32' as const }],
  weightData: new Int32Array([1, 2]).buffer,
};

it('takes a graph model', async () => {
  const model = await tf.loadGraphModel(tf.io.fromMemory(MEAN_GRAPH));
  const image = tf.tensor3d([10, 10, 250], [1, 1, 3]);
  const [first] = await classify(model, image, { labels: COLOURS });
  expect(first!.label).toBe('blue');
  const [list] = await classify(model, [image], { labels: COLOURS, topK: 1 });
  expect(list).toEqual([first]);
  image.dispose();
  model.dispose();
});

/** A model whose logits are those given, whatever the image. */
function fixedModel(logits: readonly number[], activation?: 'softmax' | 'sigmoid'): tf.LayersModel {
  const model = tf.sequential({
    layers: [
      tf.layers.globalAveragePooling2d({ inputShape: [4, 4, 3] }),
      tf.layers.dense({ units: logits.length, kernelInitializer: 'zeros', ...(activation && { activation }) }),
    ],
  });
  const kernel = tf.zeros([3, logits.length]);
  const bias = tf.tensor1d([...logits]);
  model.setWeights([kernel, bias]);
  tf.dispose([kernel, bias]);
  models.push(model);
  return model;
}

describe('a model with one output', () => {
  const image = { data: new Uint8Array(4), width: 1, height: 1 };
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

  it.each([-9, -1, 0, 3])('gives the sigmoid of its logit: %d', async (logit) => {
    const [cat, ...none] = await classify(fixedModel([logit]), image, { labels: ['cat'] });
    expect(none).toEqual([]);
    expect(cat).toMatchObject({ label: 'cat', index: 0 });
    expect(cat!.probability).toBeCloseTo(sigmoid(logit), 6);
    const both = await classify(fixedModel([logit]), image, { labels: ['no cat', 'cat'] });
    expect(both.map(({ label }) => label)).toEqual(logit > 0 ? ['cat', 'no cat'] : ['no cat', 'cat']);
    expect(both.find(({ label }) => label === 'cat')!.probability).toBeCloseTo(sigmoid(logit), 6);
    expect(both[0]!.probability + both[1]!.probability).toBeCloseTo(1, 12);
  });

  it('is not squashed again where it ends in a sigmoid', async () => {
    const [cat] = await classify(fixedModel([-2], 'sigmoid'), image, { labels: ['cat'] });
    expect(cat!.probability).toBeCloseTo(sigmoid(-2), 6);
  });

  it('needs one name, or two', async () => {
    await expect(classify(fixedModel([1]), image, { labels: COLOURS })).rejects.toThrow(
      '`labels` must have one name, or two, for the one output of the model, got 3.',
    );
    await expect(classify(fixedModel([1]), image)).rejects.toThrow('`labels` must be given for a model of 1 classes');
  });
});

it('takes a model that ends in a softmax as it is, and refuses several sigmoids', async () => {
  const image = { data: new Uint8Array(4), width: 1, height: 1 };
  const plain = await classify(fixedModel([1, 2, 3]), image, { labels: COLOURS });
  const ended = await classify(fixedModel([1, 2, 3], 'softmax'), image, { labels: COLOURS });
  expect(ended.map(({ label }) => label)).toEqual(plain.map(({ label }) => label));
  expectTensorClose(
    ended.map(({ probability }) => probability),
    plain.map(({ probability }) => probability),
  );
  expect(plain.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 12);
  await expect(classify(fixedModel([1, 2, 3], 'sigmoid'), image, { labels: COLOURS })).rejects.toThrow(
    'got several sigmoids',
  );
});

it.each([Number.NaN, Infinity, -Infinity])('refuses a model of which one logit is %d', async (broken) => {
  const image = { data: new Uint8Array(4), width: 1, height: 1 };
  await expect(classify(fixedModel([1, broken, 3]), image, { labels: COLOURS })).rejects.toThrow(
    `classify: the model gave logits that are not finite (${broken} for class 1): its weights, or its image, are broken.`,
  );
  await expect(classify(fixedModel([broken]), image, { labels: ['cat'] })).rejects.toThrow(/not finite/);
});

it('names all classes where there are fewer than `topK`', async () => {
  const image = { data: new Uint8Array(4), width: 1, height: 1 };
  expect(await classify(fixedModel([1, 2, 3]), image, { labels: COLOURS, topK: 50 })).toHaveLength(3);
});

it('refuses options, labels, specs and models that it does not know', async () => {
  const image = { data: new Uint8Array(4), width: 1, height: 1 };
  const call = classify as (...args: unknown[]) => Promise<unknown>;
  const model = fixedModel([1, 2, 3]);
  const labels = COLOURS;
  for (const [options, message] of [
    [{ topk: 3 }, 'classify: no option `topk`; did you mean `topK`?'],
    [{ k: 3, labels }, 'no option `k`'],
    [{ topK: '3' }, '`topK` must be a whole number from 1, got "3"'],
    [{ labels: 'red' }, '`labels` must be a list of texts, got "red"'],
    [{ labels: ['red', 2, 'blue'] }, '`labels` must be a list of texts'],
    [{ labels, spec: { tstSize: 8 } }, 'classify: no option `spec.tstSize`; did you mean `spec.testSize`?'],
    [{ labels, spec: { testSize: 8, crop: 'centre' } }, '`spec.crop` must be one of resize_crop_32, crop_resize, none'],
    [{ labels, spec: { ...NFNET.nfnet_f0, men: [1, 2, 3] } }, 'no option `spec.men`; did you mean `spec.mean`?'],
    [5, 'classify: options must be an object like { topK, labels }, got 5'],
  ] as const) {
    await expect(call(model, image, options)).rejects.toThrow(message);
  }
  await expect(call()).rejects.toThrow('classify: `model` must be a tf.LayersModel or tf.GraphModel, got undefined');
  await expect(call('nfnet_f0', image)).rejects.toThrow(
    '`model` must be a tf.LayersModel or tf.GraphModel, got "nfnet_f0"',
  );
  const grey: Classifier = { inputs: [{ shape: [null, 28, 28, 1] }], predict: (x) => x };
  await expect(call(grey, image, { labels })).rejects.toThrow(
    '`spec.mean` and `spec.std` must have one number each, as in { testSize: 28, mean: [33.3], std: [78.6] }, for a model of 1 channel',
  );
  await expect(call(model, image, { labels, spec: { testSize: 4, mean: [0], std: [1] } })).rejects.toThrow(
    'must have three numbers each, for a model of 3 channels, got [0] and [1]',
  );
  const infrared: Classifier = { inputs: [{ shape: [null, 28, 28, 4] }], predict: (x) => x };
  await expect(call(infrared, image, { labels })).rejects.toThrow(
    '`model` must take images of 3 channels, or of 1, got one of 4',
  );
});

it('classifies by a model of one channel what is in colour or grey', async () => {
  const model = createModel('nfnet_digits', { numClasses: 3, seed: 1 });
  models.push(model);
  const options = {
    labels: COLOURS,
    spec: { ...NFNET.nfnet_digits, crop: 'none', mean: [33.3], std: [78.6] },
  } as const;
  const levels = tf.randomUniform([28, 28, 1], 0, 255, 'float32', 1) as tf.Tensor3D;
  const colour = tf.tile(levels, [1, 1, 3]) as tf.Tensor3D;
  const logits = tf.tidy(() => model.predict(tf.div(tf.sub(tf.expandDims(levels), 33.3), 78.6)) as tf.Tensor2D);
  const expected = Array.from(tf.tidy(() => tf.softmax(logits).dataSync()));
  for (const image of [levels, colour]) {
    const best = await classify(model, image, options);
    expectTensorClose(
      best.toSorted((a, b) => a.index - b.index).map(({ probability }) => probability),
      expected,
      { absolute: 1e-5, relative: 1e-5 },
    );
  }
  const file = await png({ r: 0, g: 255, b: 102 }).toBuffer();
  expect(await classify(model, file, options)).toHaveLength(3);
  tf.dispose([levels, colour, logits]);
});

it('refuses labels that are not the model’s', async () => {
  const image = tf.zeros<tf.Rank.R3>([4, 4, 3]);
  await expect(classify(colourModel(), image, { spec })).rejects.toThrow(
    /classify: `labels` must be given for a model of 3 classes/,
  );
  await expect(classify(colourModel(), image, { spec, labels: IMAGENET_LABELS })).rejects.toThrow(
    /`labels` must have a name for each of the model's 3 classes, got 1000/,
  );
  image.dispose();
});

it('says what is wrong with an option, a model or an image', async () => {
  const image = tf.zeros<tf.Rank.R3>([4, 4, 3]);
  const labels = COLOURS;
  const anySize = colourModel();
  await expect(classify(anySize, image, { labels })).rejects.toThrow(/`spec` must be given for a model whose input/);
  await expect(classify(anySize, image, { labels, spec, topK: 0 })).rejects.toThrow(/`topK` must be .* got 0/);
  const inputs = [{ shape: [null, 4, 4, 3] }];
  const several: Classifier = { inputs, predict: (x) => [x, x] };
  await expect(classify(several, image, { labels })).rejects.toThrow(/must give one output, .* got several outputs/);
  const unpooled: Classifier = { inputs, predict: (x) => tf.add(x, 1) };
  await expect(classify(unpooled, image, { labels })).rejects.toThrow(/got \[1,4,4,3\]/);
  const broken: Classifier = { inputs, predict: (x) => tf.mul(tf.mean(x, [1, 2]), Number.NaN) };
  await expect(classify(broken, image, { labels })).rejects.toThrow(/logits that are not finite/);
  await expect(classify(anySize, ['missing.jpg'], { labels, spec })).rejects.toThrow(/cannot read "missing.jpg"/);
  image.dispose();
});
