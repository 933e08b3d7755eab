import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createModel, NF_RESNET, NFNET, type NFNetSpec, RESNET } from '@nfnets/models';
import type * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type LoadWeightsOptions, loadWeights, type PresetOrSpec, saveWeights } from '../index.js';

/* A spec that is not the model's, and files of models that differ: an error that says how, and nothing written. */

const DIGITS = NFNET.nfnet_digits;
const folder = mkdtempSync(join(tmpdir(), 'nfnets-spec-'));
const published = join(folder, 'timm.safetensors');
const own = join(folder, 'ours.safetensors');
beforeAll(async () => {
  const model = createModel('nfnet_digits', { numClasses: 10, seed: 1 });
  await saveWeights(model, published, { naming: 'timm' });
  await saveWeights(model, own);
  model.dispose();
});
afterAll(() => rmSync(folder, { recursive: true }));

let models: tf.LayersModel[] = [];
afterEach(() => {
  for (const model of models) model.dispose();
  models = [];
});
const make = (spec: NFNetSpec, numClasses = 10) => {
  const model = createModel(spec, { numClasses, seed: 2 });
  models.push(model);
  return model;
};
const all = (model: tf.LayersModel) => model.weights.map((weight) => [...weight.read().dataSync()]);

const OTHERS: [string, Partial<NFNetSpec>, RegExp][] = [
  ['a block more', { depths: [1, 1, 2] }, /17 weights differ:\n {2}nf_block_3\/conv0\/kernel: only in the model/],
  [
    'a block less',
    { depths: [1, 1], widths: DIGITS.widths.slice(0, 2), strides: DIGITS.strides.slice(0, 2) },
    /: only by `spec`/,
  ],
  ['another last convolution', { finalChannels: 512 }, /final_conv\/kernel: \[.*\] in the model, \[.*\] by `spec`/],
  ['another squeeze ratio', { squeezeExciteRatio: 0.25 }, /squeeze_excite\/reduce_kernel: \[/],
  ['other attention', { attention: 'efficientChannel' }, /channel_attention\/kernel: only in the model/],
  ['no attention', { attention: 'none' }, /squeeze_excite\/reduce_kernel: only by `spec`/],
  ['attention elsewhere', { attentionAt: 'middle' }, /squeeze_excite\/reduce_kernel: \[/],
  [
    'swapped widths',
    { widths: DIGITS.widths.toReversed() },
    /nf_block_0\/conv0\/kernel: \[1,1,16,64\] in the model, \[1,1,16,16\] by `spec`/,
  ],
  ['another group width', { groupWidth: DIGITS.groupWidth! / 2 }, /conv1\/kernel: \[/],
  ['another stem', { stem: DIGITS.stem.map((conv) => ({ ...conv, kernelSize: 5 })) }, /stem_conv0\/kernel: \[/],
  ['one spatial convolution', { spatialConvs: 1 }, /conv1b\/kernel: only by `spec`/],
  ['no skip gains', { skipGain: false }, /skip_gain\/gain: only by `spec`/],
  [
    'images of three channels',
    { inputShape: [28, 28, 3] },
    /stem_conv0\/kernel: \[3,3,3,.*with its inputShape \[28, 28, 3\]/s,
  ],
];

describe.each(OTHERS)('a model with %s', (_, change, message) => {
  const isKnown = (spec: NFNetSpec) => JSON.stringify(spec) === JSON.stringify(DIGITS);
  it.each<LoadWeightsOptions>([
    {},
    { strict: false },
    { naming: 'timm' },
    { naming: 'ours', strict: false },
    { naming: 'haiku', strict: false },
    { head: 'replace', strict: false, allowNonFinite: true },
  ])('is told from its spec, whatever the options (%j)', async (options) => {
    const spec: NFNetSpec = { ...DIGITS, ...change };
    expect(isKnown(spec)).toBe(false);
    const model = make(spec);
    const before = all(model);
    for (const file of [published, own]) {
      for (const wrong of ['nfnet_digits', DIGITS] satisfies PresetOrSpec[]) {
        const loading = loadWeights(model, file, { ...options, spec: wrong });
        await expect(loading).rejects.toThrow(RangeError);
        await expect(loading).rejects.toThrow(
          /^loadWeights: `spec` is not what the model was made from; \d+ weights differ/,
        );
        await expect(loading).rejects.toThrow(message);
      }
    }
    expect(all(model)).toEqual(before);
  });

  it('is not saved by a spec that is another’s, under any names', async () => {
    const model = make({ ...DIGITS, ...change });
    const path = join(folder, 'never.safetensors');
    for (const naming of ['ours', 'timm'] as const) {
      await expect(saveWeights(model, path, { naming, spec: 'nfnet_digits' })).rejects.toThrow(
        /^saveWeights: `spec` is not what the model was made from; \d+ weights differ/,
      );
    }
    expect(existsSync(path)).toBe(false);
  });

  it('is not given a file of another network: the error lists what differs', async () => {
    const spec: NFNetSpec = { ...DIGITS, ...change };
    const model = make(spec);
    const before = all(model);
    for (const file of [published, own]) {
      await expect(loadWeights(model, file, { spec })).rejects.toThrow(
        /does not fit the model[\s\S]*\n\d+ (missing|in the file|of another)/,
      );
    }
    expect(all(model)).toEqual(before);
  });
});

describe('a model whose weights are those of another spec', () => {
  // Two blocks of one width without a stride: which stage the second one is in shows in timm's names alone.
  const base: NFNetSpec = { ...DIGITS, widths: [64, 64], strides: [2, 1], depths: [1, 2] };
  it.each<[string, Partial<NFNetSpec>, RegExp]>([
    [
      'blocks in other stages',
      { depths: [2, 1] },
      /1 blocks differ:\n {2}the block nf_block_2: the scale .* in the model, .* by `spec`/,
    ],
    ['another stride', { strides: [2, 2], widths: [64, 96] }, /differ/],
    ['another alpha', { alpha: 0.5 }, /blocks differ:\n {2}the block nf_block_1: the scale/],
  ])('is told from it by %s', async (_, change, message) => {
    const model = make(base);
    const spec = { ...base, ...change };
    await expect(saveWeights(model, join(folder, 'never'), { naming: 'timm', spec })).rejects.toThrow(message);
    await expect(loadWeights(model, published, { spec, strict: false })).rejects.toThrow(message);
    const path = join(folder, 'stages.safetensors');
    await saveWeights(model, path, { naming: 'timm', spec: base });
    expect((await loadWeights(make(base), path, { spec: base })).naming).toBe('timm');
  });
});

describe('a spec', () => {
  it.each<[unknown, RegExp]>([
    [
      'nfnet_digit',
      /`spec` must be the name of a normalizer-free preset, got "nfnet_digit"; did you mean "nfnet_digits"\?/,
    ],
    ['resnet50', /must be the name of a normalizer-free preset, got "resnet50"/],
    ['constructor', /must be the name of a normalizer-free preset, got "constructor"/],
    [5, /options must be an object|must be/],
    [null, /must be an object/],
    [{ ...DIGITS, widht: 3 }, /`spec`: no option `widht`; did you mean `widths`\?/],
    [{ family: 'nfnet' }, /`spec`: `gammaIn` must be given, as in the spec of every preset, got undefined/],
    [{ ...DIGITS, depths: [1] }, /`spec` is not sound: /],
    [{ ...DIGITS, widths: undefined }, /`widths`/],
    [RESNET.resnet50, /`spec` must be of a normalizer-free network, got the family "resnet"/],
  ])('%j is refused', async (spec, message) => {
    const model = make(DIGITS);
    await expect(loadWeights(model, published, { spec: spec as never })).rejects.toThrow(message);
    await expect(saveWeights(model, join(folder, 'never'), { spec: spec as never })).rejects.toThrow(message);
  });

  it('of the model is taken, by its name or whole, and need not be there for a preset of other channels', async () => {
    const model = make(DIGITS);
    for (const spec of ['nfnet_digits', DIGITS] satisfies PresetOrSpec[]) {
      expect((await loadWeights(model, published, { spec })).loaded).toHaveLength(68);
    }
    const path = join(folder, 'colour.safetensors');
    const colour = make({ ...DIGITS, inputShape: [28, 28, 3] });
    await saveWeights(colour, path, { naming: 'timm' });
    expect((await loadWeights(make({ ...DIGITS, inputShape: [32, 32, 3] }), path)).naming).toBe('timm');
  });
});

describe('a model of another number of classes', () => {
  it('takes all but the classifier with head: replace, and nothing without', async () => {
    const model = make(DIGITS, 4);
    const before = all(model);
    const refused = loadWeights(model, published);
    await expect(refused).rejects.toThrow(/2 of another shape:\n {2}head\.fc\.weight: \[10,/);
    expect(all(model)).toEqual(before);
    await loadWeights(model, published, { head: 'replace' });
    expect(all(model).slice(-2)).toEqual(before.slice(-2));
    expect(all(model).slice(0, 3)).not.toEqual(before.slice(0, 3));
  });

  it('without a classifier of ours has none to keep', async () => {
    const model = createModel('nfnet_digits', { numClasses: 10 });
    models.push(model);
    const headless = { weights: model.weights.filter(({ originalName }) => !originalName.startsWith('linear/')) };
    await expect(loadWeights(headless, published, { head: 'replace' })).rejects.toThrow(
      /`head` needs a model with a classifier/,
    );
  });
});

describe('what is no model, or none any more', () => {
  it.each([undefined, null, 5, 'nfnet_f0', {}, { weights: [1] }])('%j is refused', async (model) => {
    const message = /`model` must be a tf\.LayersModel, such as createModel makes/;
    await expect(loadWeights(model as never, published)).rejects.toThrow(message);
    await expect(saveWeights(model as never, published)).rejects.toThrow(message);
  });

  it('a model that was disposed, has a name twice or other types is refused before anything is read', async () => {
    const model = createModel('nfnet_digits', { numClasses: 10 });
    const [first] = model.weights;
    await expect(loadWeights({ weights: [first!, first!] }, published)).rejects.toThrow(
      /got "stem_conv0\/kernel" twice/,
    );
    const whole = { ...first!, originalName: 'x', dtype: 'int32', read: () => first!.read(), write: () => {} } as never;
    await expect(saveWeights({ weights: [whole] }, published)).rejects.toThrow(
      /must have float32 weights, got "x" of int32/,
    );
    model.dispose();
    await expect(loadWeights(model, published)).rejects.toThrow(
      /loadWeights: "stem_conv0\/kernel" of `model` cannot be read/,
    );
  });
});

describe('options', () => {
  beforeEach(() => make(DIGITS));
  it.each<[object, RegExp]>([
    [{ strickt: false }, /loadWeights: no option `strickt`; did you mean `strict`\?/],
    [{ use_ema: true }, /loadWeights: no option `use_ema`\. Pass `ema`\./],
    [{ strict: 'no' }, /`strict` must be true or false, got "no"/],
    [{ naming: 'tim' }, /`naming` must be one of 'ours', 'timm', 'haiku', got "tim"; did you mean 'timm'\?/],
    [{ head: true }, /`head` must be 'replace' or left out, got true/],
    [{ inputChannels: 3 }, /`inputChannels` must be 'adapt' or left out, got 3/],
    [{ key: 5 }, /`key` must be a key, got 5/],
    [{ onProgress: 5 }, /`onProgress` must be a function, got 5/],
  ])('%j are refused', async (options, message) => {
    await expect(loadWeights(models[0]!, published, options as never)).rejects.toThrow(message);
  });

  it.each<[object, RegExp]>([
    [{ namin: 'timm' }, /saveWeights: no option `namin`; did you mean `naming`\?/],
    [{ dtype: 'float64' }, /`dtype` must be one of 'float32', 'float16', got "float64"/],
  ])('%j are refused when saving', async (options, message) => {
    await expect(saveWeights(models[0]!, join(folder, 'never'), options as never)).rejects.toThrow(message);
    await expect(saveWeights(models[0]!, 5 as never)).rejects.toThrow(
      /`target` must be a path or a WritableStream, got 5/,
    );
  });

  it('what onProgress throws comes when all weights are loaded', async () => {
    const [model, other] = [models[0]!, make(DIGITS)];
    await loadWeights(other, published);
    const onProgress = () => {
      throw new Error('mine');
    };
    await expect(loadWeights(model, published, { onProgress })).rejects.toThrow('mine');
    expect(all(model)).toEqual(all(other));
  });
});

it('presets of other families are told by their own spec', async () => {
  const path = join(folder, 'never');
  const model = make(DIGITS);
  await expect(saveWeights(model, path, { spec: NF_RESNET.nf_resnet50, naming: 'timm' })).rejects.toThrow(
    /and \d+ more/,
  );
});
