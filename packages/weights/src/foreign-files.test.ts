import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createModel, NFNET, type NFNetSpec, publishedWeights } from '@nfnets/models';
import { bytesSource } from '@nfnets/safetensors';
import type * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readWeightFile } from './formats/read-weight-file.js';
import { loadWeights } from './index.js';
import { adaptInputChannels } from './model/adapt-input-channels.js';

/*
 * Files that torch, timm and safetensors write, by `python/foreign_files.py`: what they take, with their values, and what is refused.
 */
const ownPython = fileURLToPath(new URL('../../../bench/.venv/bin/python', import.meta.url));
const python = process.env['NFNETS_PYTHON'] ?? ownPython;
const isMissing = python.includes('/') && !existsSync(python);
const NEEDS = 'needs timm: python3 -m venv bench/.venv && bench/.venv/bin/pip install -r bench/requirements.txt';

const SMALL: NFNetSpec = {
  ...NFNET.nfnet_f0,
  stem: [16, 8].map((channels) => ({ channels, stride: 2 })),
  widths: [16, 24],
  depths: [1, 2],
  strides: [1, 2],
  groupWidth: 4,
  finalChannels: 24,
};
const CLASSES = 5;
const valuesOf = (model: tf.LayersModel) =>
  new Map(model.weights.map((weight) => [weight.originalName, [...weight.read().dataSync()]]));

describe.skipIf(isMissing)(`files of Python's libraries (${NEEDS})`, () => {
  let folder: string;
  const json = (path: string) => JSON.parse(readFileSync(join(folder, path), 'utf8'));
  const read = (path: string) => readWeightFile(bytesSource(readFileSync(join(folder, path)), path));
  let whole: string[];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'nfnets-foreign-'));
    const names = [...publishedWeights(SMALL, 'timm', CLASSES).values()].map(({ name, shape }) => [name, shape]);
    writeFileSync(join(folder, 'names.json'), JSON.stringify(names));
    const script = fileURLToPath(new URL('../python/foreign_files.py', import.meta.url));
    execFileSync(python, ['-W', 'ignore', script, folder], { stdio: 'pipe' });
    whole = json('whole.json') as string[];
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('loads what timm loads, with its values', async () => {
    const model = createModel(SMALL, { numClasses: CLASSES, seed: 1 });
    const theirs = createModel(SMALL, { numClasses: CLASSES, seed: 2 });
    expect(whole.length).toBeGreaterThan(30);
    const told = new Map<string, unknown>();
    for (const file of whole) {
      const path = join(folder, 'whole', file);
      await loadWeights(theirs, `${path}.expected`, { spec: SMALL });
      const { key, ema, prefixes, passedOver } = await loadWeights(model, path, { spec: SMALL });
      const [ours, expected] = [valuesOf(model), valuesOf(theirs)];
      expect(
        [...ours].filter(([name, values]) => String(values) !== String(expected.get(name))).map(([name]) => name),
        file,
      ).toEqual([]);
      told.set(file, { key, ema, prefixes, passedOver });
    }
    const some = [
      'plain.pth',
      'ema.pth',
      'model-ema.pth',
      'no-ema.pth',
      'model-and-ema.pth',
      'mixed.pth',
      'both.safetensors',
    ];
    expect([...some, 'module.pth', 'extra-state.pth', 'legacy.pth'].map((file) => [file, told.get(file)])).toEqual([
      ['plain.pth', {}],
      ['ema.pth', { key: 'state_dict_ema', ema: true }],
      ['model-ema.pth', { key: 'model_ema', ema: true }],
      ['no-ema.pth', { key: 'state_dict' }],
      ['model-and-ema.pth', { key: 'model', ema: false }],
      ['mixed.pth', { prefixes: ['_orig_mod.', 'module.'] }],
      ['both.safetensors', { prefixes: ['module._orig_mod.'] }],
      ['module.pth', { key: 'state_dict', prefixes: ['module.'] }],
      ['extra-state.pth', { passedOver: ['stem._extra_state', 'head.fc._extra_state'] }],
      ['legacy.pth', { key: 'state_dict' }],
    ]);
    for (const made of [model, theirs]) made.dispose();
  }, 300_000);

  it('reads tensors of every kind as torch does, and tells what is none', async () => {
    const parts = readdirSync(join(folder, 'parts')).filter((name) => name.endsWith('.pth'));
    expect(parts).toHaveLength(9);
    for (const part of parts) {
      const expected = Object.entries(
        json(`parts/${part.replace('.pth', '.json')}`) as Record<string, { shape: number[]; values: number[] } | null>,
      );
      const { tensors, others } = await read(`parts/${part}`);
      expect([...tensors.keys(), ...others!.keys()].sort(), part).toEqual(expected.map(([name]) => name).sort());
      for (const [name, theirs] of expected) {
        const tensor = tensors.get(name);
        if (theirs === null) {
          await expect(tensor?.read() ?? Promise.reject(new Error('weights must be')), name).rejects.toThrow(
            /weights must be/,
          );
          continue;
        }
        expect(tensor!.shape, `${part} ${name}`).toEqual(theirs.shape);
        expect(await tensor!.read(), `${part} ${name}`).toEqual(Float32Array.from(theirs.values));
      }
    }
    expect(Object.fromEntries((await read('parts/types.pth')).others!)).toEqual({
      sparse: 'a sparse tensor',
      quantized: 'a quantized tensor',
      channels: 'a quantized tensor',
      meta: 'a tensor of the device meta, without values',
      nested: 'a nested tensor',
    });
  });

  it('reads pickles of numpy arrays, and tells of the rest', async () => {
    for (const protocol of [0, 1, 2, 3, 4, 5]) {
      const open = (name: string, choice = {}) =>
        readWeightFile(bytesSource(readFileSync(join(folder, `haiku/${name}-${protocol}.pkl`))), undefined, choice);
      const bias = async (name: string, choice = {}) => [
        ...(await (await open(name, choice)).tensors.get('net/b')!.read()),
      ];
      for (const name of ['plain', 'params', 'odd', 'empty']) expect(await bias(name), name).toEqual([1.5, 2]);
      expect(await bias('average', { key: 'params' })).toEqual([1.5, 2]);
      expect(await bias('average', { ema: true })).toEqual([3, 4]);
      expect(await bias('average', { ema: false })).toEqual([1.5, 2]);
      expect(await open('params')).toMatchObject({ key: 'params' });
      expect(await open('average', { ema: true })).toMatchObject({ key: 'ema_params', ema: true });
      expect((await open('plain')).key).toBeUndefined();
      const { tensors, others } = await open('odd');
      expect([...tensors.keys()]).toEqual(['net/b', 'net/half']);
      expect(Object.fromEntries(others!)).toEqual({
        'net/big_endian': 'an array of numbers with the last byte first',
        'net/objects': 'an array of the type "O8"',
        'net/texts': 'an array of the type "U1"',
        step: '3',
      });
      expect([...(await open('flat')).tensors.keys()]).toContain('net.b');
      const none = (await open('empty')).tensors.get('net/none')!;
      expect([none.shape, await none.read()]).toEqual([[0, 3], new Float32Array(0)]);
      await expect(open('pair')).rejects.toThrow(
        /must hold a dict of modules, and is a list of 2\. Pickle the parameters/,
      );
    }
  });

  it('makes kernels for other numbers of channels as timm does, bit for bit', async () => {
    for (const file of readdirSync(join(folder, 'adapted'))) {
      const { tensors } = await read(`adapted/${file}`);
      const { shape, read: made } = tensors.get('made')!;
      const ours = adaptInputChannels(tensors.get('kernel')!, { name: 'kernel', shape, layout: 'OIHW' })!;
      expect(ours.shape, file).toEqual(shape);
      expect(await ours.read(), file).toEqual(await made());
    }
  });

  it.each([
    [
      'module.pth',
      /refers to "torch\.nn\.modules\.container\.Sequential", which no weight file needs; nothing of it was executed. If it is a whole model, save its state_dict\(\) instead/,
    ],
    ['legacy-module.pth', /refers to "torch\.nn\.modules\.container\.Sequential".* save its state_dict\(\) instead/],
    ['list.pth', /must hold a dict of tensors, and is a list of 2\. Save the state_dict\(\) alone/],
    ['tensor.pth', /it is a single tensor/],
    [
      'yolo.pth',
      /it has no tensors: "model" is an object of "torch\.nn\.modules\.container\.Sequential", "epoch" is 1/,
    ],
    ['script.pth', /it is TorchScript \(torch\.jit\.save\)/],
    ['program.pt2', /it is an exported program/],
    ['stored.npz', /it is an archive of numpy arrays \(\.npz\)/],
    ['compressed.npz', /it is an archive of numpy arrays \(\.npz\)/],
    ['single.npy', /It is a single numpy array/],
    ['state.pkl', /is an object of "torch\._utils.*" ?\.? ?Tensors of torch are read as torch\.save writes them/],
  ])('refuses %s by name', async (name, message) => {
    await expect(read(`refused/${name}`)).rejects.toThrow(message);
  });
});
