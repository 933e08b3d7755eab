import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createModel, NFNET, type NFNetSpec, publishedWeights } from '@nfnets/models';
import { safetensorsHeader } from '@nfnets/safetensors';
import { goldenValues } from '@nfnets/testing';
import type * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Content, type Tensor, torchSave } from '../__fixtures__/torch-save.js';
import { type LoadedWeights, type LoadWeightsOptions, loadWeights, saveWeights } from '../index.js';

/* Which of the weights in a file are taken, and under which names. */

// The smallest net that has every kind of name: a few hundred values.
const TINY: NFNetSpec = {
  ...NFNET.nfnet_f0,
  stem: [{ channels: 4, stride: 2 }],
  widths: [8],
  depths: [1],
  strides: [1],
  groupWidth: 4,
  finalChannels: 8,
};
const CLASSES = 3;
const names = [...publishedWeights(TINY, 'timm', CLASSES).values()];

/** A state dict whose tensors follow from `phase`, with all names behind `prefix`. */
const state = (phase: string, prefix = ''): Record<string, Tensor> =>
  Object.fromEntries(
    names.map(({ name, shape }) => {
      const count = shape.reduce((product, n) => product * n, 1);
      return [prefix + name, { shape, values: Float32Array.from(goldenValues(`${phase}${name}`, count)) }];
    }),
  );
const biasOf = (phase: string) => [...state(phase)['head.fc.bias']!.values];

function safetensors(tensors: Readonly<Record<string, Tensor>>): Uint8Array<ArrayBuffer> {
  const entries = Object.entries(tensors);
  const header = safetensorsHeader(entries.map(([name, { shape }]) => ({ name, dtype: 'F32', shape })));
  const parts = [header, ...entries.map(([, { values }]) => new Uint8Array(values.slice().buffer))];
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

const folder = mkdtempSync(join(tmpdir(), 'nfnets-which-'));
afterAll(() => rmSync(folder, { recursive: true }));

let model: tf.LayersModel;
beforeEach(() => {
  model = createModel(TINY, { numClasses: CLASSES, seed: 1 });
});
afterEach(() => model.dispose());
const bias = () => [
  ...model.weights
    .find(({ originalName }) => originalName === 'linear/bias')!
    .read()
    .dataSync(),
];
const all = () => model.weights.map((weight) => [...weight.read().dataSync()]);
const load = (content: Content, options: LoadWeightsOptions = {}) =>
  loadWeights(model, torchSave(content), { spec: TINY, ...options });

describe('the key of a checkpoint', () => {
  const { a, b } = { a: state('a'), b: state('b') };
  it.each<[string, Content, LoadWeightsOptions, string, Partial<LoadedWeights>]>([
    [
      'state_dict_ema before state_dict, as timm',
      { state_dict: a, state_dict_ema: b },
      {},
      'b',
      { key: 'state_dict_ema', ema: true },
    ],
    [
      'state_dict where no average is wanted',
      { state_dict: a, state_dict_ema: b },
      { ema: false },
      'a',
      { key: 'state_dict', ema: false },
    ],
    ['model_ema', { model: a, model_ema: b }, {}, 'b', { key: 'model_ema', ema: true }],
    ['state_dict before model, as timm', { model: a, state_dict: b }, {}, 'b', { key: 'state_dict' }],
    ['model before ema, which timm does not know', { model: a, ema: b }, {}, 'a', { key: 'model', ema: false }],
    ['ema when it is asked for', { model: a, ema: b }, { ema: true }, 'b', { key: 'ema', ema: true }],
    ['ema when there is nothing else', { epoch: 3, ema: b }, {}, 'b', { key: 'ema', ema: true }],
    ['model_state_dict', { epoch: 1, model_state_dict: a }, {}, 'a', { key: 'model_state_dict' }],
    ['net', { net: a, acc: 1 }, {}, 'a', { key: 'net' }],
    ['weights', { weights: a }, {}, 'a', { key: 'weights' }],
    ['model_state', { model_state: a }, {}, 'a', { key: 'model_state' }],
    ['module, of DeepSpeed', { module: a, optimizer: { object: 'Adam' } }, {}, 'a', { key: 'module' }],
    ['a key of nobody else', { epoch: 1, mine: a }, {}, 'a', { key: 'mine' }],
    ['a dict in a dict', { epoch: 1, run: { mine: a } }, {}, 'a', { key: 'run.mine' }],
    ['the level itself', { ...a, epoch: 3 }, {}, 'a', { passedOver: ['epoch'] }],
    ['the key that is named', { state_dict: a, teacher: b }, { key: 'teacher' }, 'b', { key: 'teacher' }],
    ['the path that is named', { state_dict: a, x: { y: b } }, { key: 'x.y' }, 'b', { key: 'x.y' }],
    ['its own level when that is named', { ...a, model: b }, { key: '' }, 'a', {}],
  ])('is %s', async (_, content, options, phase, told) => {
    const result = await load(content, options);
    expect(bias()).toEqual(biasOf(phase));
    const { key, ema, passedOver } = told;
    expect([result.key, result.ema]).toEqual([key, ema]);
    if (passedOver) expect(result.passedOver).toEqual(passedOver);
  });

  it.each<[string, Content, LoadWeightsOptions, RegExp]>([
    ['two of other software', { net: a, weights: b }, {}, /has weights under "net" and "weights": pass \{ key \}/],
    ['two that nobody knows', { one: a, two: b }, {}, /has weights under "one" and "two": pass \{ key \}/],
    ['two averages', { ema: a, params_ema: b }, { ema: true }, /has weights under "ema" and "params_ema"/],
    ['no average', { model: a }, { ema: true }, /has no averaged weights; there are weights under "model"/],
    ['an average alone', { ema: a }, { ema: false }, /has only averaged weights, under "ema", and `ema` is false/],
    ['no such key', { model: a }, { key: 'net' }, /has no key "net"; there are weights under "model"/],
    [
      'an object under it',
      { model: { object: 'Net' } },
      { key: 'model' },
      /"model" is an object of "some\.module\.Net"/,
    ],
    [
      'objects alone',
      { model: { object: 'Net' } },
      {},
      /"model" is an object of "some\.module\.Net".*save its state_dict/,
    ],
    ['a whole model', { object: 'Net' }, {}, /refers to "some\.module\.Net".* save its state_dict\(\) instead/],
    ['both options', { model: a }, { key: 'model', ema: true }, /`key` names the weights, and `ema`/],
  ])('is refused where it has %s', async (_, content, options, message) => {
    const before = all();
    await expect(load(content, options)).rejects.toThrow(message);
    expect(all()).toEqual(before);
  });

  it('is named where the tensors beside it are none of the model', async () => {
    const content = { teacher: a, center: { shape: [1], values: new Float32Array(1) } };
    await expect(load(content)).rejects.toThrow(/There are tensors under "teacher" too: pass \{ key \}/);
    const half = Object.fromEntries(Object.entries(a).slice(0, 4));
    await expect(load({ state_dict: half, mine: a })).rejects.toThrow(
      /missing from the file:[\s\S]*There are tensors under "mine" too: pass \{ key \}/,
    );
    expect((await load(content, { key: 'teacher' })).passedOver).toBeUndefined();
    expect(bias()).toEqual(biasOf('a'));
  });

  it('belongs to checkpoints only', async () => {
    const bytes = safetensors(a);
    await expect(loadWeights(model, bytes, { key: 'model' })).rejects.toThrow(/has no key "model"/);
    await expect(loadWeights(model, bytes, { ema: true })).rejects.toThrow(/does not tell averaged weights/);
    expect((await loadWeights(model, bytes, { spec: TINY, ema: false })).key).toBeUndefined();
  });
});

describe('what is no tensor', () => {
  it('is passed over beside the weights, and refused where a weight should be', async () => {
    const content = {
      ...state('a'),
      'head.fc._extra_state': { object: 'State' },
      n_averaged: { shape: [], values: new Float32Array(1) },
    };
    expect((await load(content)).passedOver).toEqual(['n_averaged', 'head.fc._extra_state']);
    const before = all();
    const broken = { ...state('b'), 'head.fc.bias': { object: 'Quantized' } };
    await expect(load(broken)).rejects.toThrow(/head\.fc\.bias: is an object of "some\.module\.Quantized" in the file/);
    expect(all()).toEqual(before);
    const { missing } = await load(broken, { strict: false });
    expect(missing).toEqual(['head.fc.bias']);
  });
});

/** The same tensors as a file of every format: the last gets our names, as those of tfjs do not come from elsewhere. */
const FORMATS: [string, (prefix: string) => Promise<Uint8Array | string>][] = [
  ['torch', async (prefix) => torchSave(state('a', prefix))],
  ['safetensors', async (prefix) => safetensors(state('a', prefix))],
  [
    'tfjs',
    async (prefix) => {
      const entries = Object.entries(state('a', prefix));
      const weights = entries.map(([name, { shape }]) => ({ name, shape, dtype: 'float32' }));
      const manifest = [{ paths: ['all.bin'], weights }];
      writeFileSync(join(folder, 'model.json'), JSON.stringify({ weightsManifest: manifest }));
      const values = entries.flatMap(([, { values }]) => [...new Uint8Array(values.slice().buffer)]);
      writeFileSync(join(folder, 'all.bin'), Uint8Array.from(values));
      return join(folder, 'model.json');
    },
  ],
];

describe.each(FORMATS)('a prefix in a file of the format %s', (format, write) => {
  it.each([
    ['', undefined],
    ['module.', ['module.']],
    ['_orig_mod.', ['_orig_mod.']],
    ['module._orig_mod.', ['module._orig_mod.']],
    ['_orig_mod.module.', ['_orig_mod.module.']],
    ['model.', ['model.']],
    ['backbone.', ['backbone.']],
    ['net.', ['net.']],
    ['model._orig_mod.', ['model._orig_mod.']],
    ['module.model.backbone.', ['module.model.backbone.']],
    ['model/', ['model/']],
  ])('"%s" is dropped, and told', async (prefix, prefixes) => {
    const result = await loadWeights(model, await write(prefix), { spec: TINY });
    expect(result).toMatchObject({ format, naming: 'timm', missing: [], unexpected: [] });
    expect(result.prefixes).toEqual(prefixes);
    expect(bias()).toEqual(biasOf('a'));
  });

  it('of nobody else is named in the message, and dropped when it is passed', async () => {
    const source = await write('student.');
    await expect(loadWeights(model, source, { spec: TINY })).rejects.toThrow(/Pass \{ prefix: "student\." \}/);
    expect((await loadWeights(model, source, { spec: TINY, prefix: 'student.' })).prefixes).toEqual(['student.']);
    expect(bias()).toEqual(biasOf('a'));
    await expect(loadWeights(model, source, { spec: TINY, prefix: 'teacher.' })).rejects.toThrow(
      /none begins with the `prefix` "teacher\."/,
    );
  });

  it('that is passed leaves out what has other names, and so does the message that names it', async () => {
    const { b } = { b: state('b', 'teacher.') };
    const content = { ...state('a', 'model.'), ...b, 'loss.weight': b['teacher.head.fc.bias']! };
    await expect(load(content)).rejects.toThrow(
      /in the file but not in the model:[\s\S]*To pass over the names without the prefix pass \{ prefix: "model\." \}/,
    );
    const { unexpected, passedOver } = await load(content, { prefix: 'model.' });
    expect(unexpected).toEqual([]);
    expect(passedOver).toEqual([...Object.keys(b), 'loss.weight']);
    expect(bias()).toEqual(biasOf('a'));
    await load(content, { prefix: 'teacher.' });
    expect(bias()).toEqual(biasOf('b'));
    const before = all();
    const more = { ...content, 'model.more': b['teacher.head.fc.bias']! };
    await expect(load(more, { prefix: 'model.' })).rejects.toThrow(/not in the model:\n {2}model\.more\n/);
    delete (content as Record<string, Tensor>)['model.head.fc.bias'];
    await expect(load(content, { prefix: 'model.' })).rejects.toThrow(/1 missing from the file:\n {2}head\.fc\.bias/);
    expect(all()).toEqual(before);
  });

  it('is not dropped when it is to stay', async () => {
    await expect(loadWeights(model, await write('module.'), { spec: TINY, prefix: '' })).rejects.toThrow(
      /none has a name of the model's weights/,
    );
  });
});

describe('prefixes that leave open which weights are meant', () => {
  it('are refused by name', async () => {
    const before = all();
    const two = { ...state('a', 'model.'), ...state('b', 'net.') };
    await expect(load(two)).rejects.toThrow(
      /as many of the model's weights behind "model\." and "net\.".* \{ prefix \}/,
    );
    const twice = { ...state('a'), 'module.head.fc.bias': state('b')['head.fc.bias']! };
    await expect(load(twice)).rejects.toThrow(
      /has "head\.fc\.bias" twice, as "head\.fc\.bias" and as "module\.head\.fc\.bias"/,
    );
    expect(all()).toEqual(before);
    expect((await load(two, { prefix: 'net.', strict: false })).prefixes).toEqual(['net.']);
    expect(bias()).toEqual(biasOf('b'));
  });

  it('take that which most names have, and list the rest', async () => {
    const lightning = { ...state('a', 'model.'), 'loss.weight': state('b')['head.fc.bias']! };
    await expect(load(lightning)).rejects.toThrow(
      /prefix: "model\."[\s\S]*in the file but not in the model:\n {2}loss\.weight/,
    );
    const { unexpected } = await load(lightning, { strict: false });
    expect(unexpected).toEqual(['loss.weight']);
  });

  it('are told where each name has another', async () => {
    const mixed = Object.entries(state('a')).map(([name, tensor], i) => [
      ['module.', '_orig_mod.', ''][i % 3] + name,
      tensor,
    ]);
    expect((await load(Object.fromEntries(mixed))).prefixes).toEqual(['module.', '_orig_mod.']);
    expect(bias()).toEqual(biasOf('a'));
  });

  it('are found before our own names too', async () => {
    const path = join(folder, 'ours.safetensors');
    await saveWeights(model, path);
    const { naming, prefixes } = await loadWeights(model, path);
    expect([naming, prefixes]).toEqual(['ours', undefined]);
    const own = Object.fromEntries(
      model.weights.map((w): [string, Tensor] => [
        `module.${w.originalName}`,
        { shape: w.shape as number[], values: w.read().dataSync<'float32'>().slice() },
      ]),
    );
    expect((await loadWeights(model, safetensors(own))).prefixes).toEqual(['module.']);
  });
});
