import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createModel } from '@nfnets/models';
import { openSafetensors, type TensorToWrite, writeSafetensors } from '@nfnets/safetensors';
import type * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { torchSave } from '../__fixtures__/torch-save.js';
import { loadWeights, saveWeights, TensorFileError } from '../index.js';

/* A file in several parts, as `save_pretrained` of transformers writes one: an index beside them tells what is where. */

const folder = mkdtempSync(join(tmpdir(), 'nfnets-shards-'));
const INDEX = 'model.safetensors.index.json';
const PARTS = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'] as const;
let model: tf.LayersModel;
let other: tf.LayersModel;
let tensors: (TensorToWrite & { values: Float32Array })[];
const all = (model: tf.LayersModel) => model.weights.map((weight) => [...weight.read().dataSync()]);

beforeAll(async () => {
  model = createModel('nfnet_digits', { numClasses: 10, seed: 1 });
  other = createModel('nfnet_digits', { numClasses: 10, seed: 2 });
  await saveWeights(model, join(folder, 'whole'), { naming: 'timm' });
  const file = await openSafetensors(join(folder, 'whole'));
  tensors = await Promise.all(
    [...file.tensors.values()].map(async ({ name, shape, read }) => {
      const values = await read();
      return { name, shape, values, dtype: 'F32' as const, bytes: () => new Uint8Array(values.slice().buffer) };
    }),
  );
  await file.close();
});
afterAll(() => {
  model.dispose();
  other.dispose();
  rmSync(folder, { recursive: true });
});

let to: string;
let map: Record<string, string>;
beforeEach(async () => {
  to = mkdtempSync(join(folder, 'set-'));
  map = Object.fromEntries(tensors.map(({ name }, i) => [name, PARTS[i % 2]!]));
  for (const [i, part] of PARTS.entries()) {
    await writeSafetensors(
      join(to, part),
      tensors.filter((_, at) => at % 2 === i),
    );
  }
  writeIndex();
});
const writeIndex = (index: unknown = { metadata: { total_size: 1 }, weight_map: map }) =>
  writeFileSync(join(to, INDEX), JSON.stringify(index));
const asFile = (name: string) => new File([readFileSync(join(to, name))], name);

describe('an index of safetensors files', () => {
  it('is loaded by its path, its folder or as files', async () => {
    const files = [...PARTS, INDEX].map(asFile);
    for (const source of [join(to, INDEX), to, files]) {
      const fresh = createModel('nfnet_digits', { numClasses: 10, seed: 3 });
      expect(await loadWeights(fresh, source)).toMatchObject({ format: 'safetensors', naming: 'timm', unexpected: [] });
      expect(all(fresh)).toEqual(all(model));
      fresh.dispose();
    }
  });

  it.each<[string, () => void, RegExp]>([
    [
      'a part is missing',
      () => rmSync(join(to, PARTS[1])),
      /model-00002-of-00002\.safetensors: cannot be opened: ENOENT/,
    ],
    [
      'a part is cut off',
      () => writeFileSync(join(to, PARTS[1]), readFileSync(join(to, PARTS[1])).subarray(0, -4)),
      /downloaded to the end/,
    ],
    ['a part is of something else', () => writeFileSync(join(to, PARTS[1]), '<!doctype html>'), /It is a web page/],
    [
      'a part lacks a tensor',
      () => writeIndex({ weight_map: { ...map, more: PARTS[0] } }),
      /"model-00001-of-00002\.safetensors" lacks the tensor "more"/,
    ],
    [
      'a tensor is not in the index',
      () => writeIndex({ weight_map: Object.fromEntries(Object.entries(map).slice(1)) }),
      /has the tensor ".*", which the index does not name/,
    ],
    [
      'a tensor is elsewhere',
      () => writeIndex({ weight_map: { ...map, [tensors[0]!.name]: PARTS[1] } }),
      /the tensor ".*" is in "model-00001.*", and by the index in "model-00002/,
    ],
    [
      'it leads out of its folder',
      () => writeIndex({ weight_map: { a: '../secret' } }),
      /must lie beside it, got "\.\.\/secret"/,
    ],
    ['it has no map', () => writeIndex({ weight_map: [1] }), /weight_map must map names to files/],
    ['it names no file', () => writeIndex({ weight_map: { a: 5 } }), /must lie beside it, got 5/],
    ['it is cut off', () => writeFileSync(join(to, INDEX), '{"weight_map": {'), /is not JSON/],
  ])('is refused where %s, and nothing is loaded', async (_, damage, message) => {
    damage();
    const before = all(other);
    await expect(loadWeights(other, to)).rejects.toThrow(TensorFileError);
    await expect(loadWeights(other, to)).rejects.toThrow(message);
    expect(all(other)).toEqual(before);
  });

  it('beside a model.safetensors leaves open which is meant', async () => {
    await saveWeights(other, join(to, 'model.safetensors'));
    await expect(loadWeights(other, to)).rejects.toThrow(
      /has both model\.safetensors and model\.safetensors\.index\.json\. Pass the path of the one that is meant/,
    );
    expect((await loadWeights(other, join(to, 'model.safetensors'))).naming).toBe('ours');
    expect((await loadWeights(other, join(to, INDEX))).naming).toBe('timm');
  });

  it('may lie beside parts of another set, which are not looked at', async () => {
    writeFileSync(join(to, 'model-00003-of-00003.safetensors'), 'stray');
    expect((await loadWeights(other, to)).unexpected).toEqual([]);
  });

  it('is asked for when only a part of it is passed, or it is missing', async () => {
    await expect(loadWeights(other, join(to, PARTS[0]))).rejects.toThrow(
      /It is one part of several: pass the path of their index/,
    );
    rmSync(join(to, INDEX));
    await expect(loadWeights(other, to)).rejects.toThrow(
      /is a folder without one of model\.safetensors, .*It has model-00001-of-00002\.safetensors, model-00002-of-00002\.safetensors: pass/,
    );
    await expect(loadWeights(other, PARTS.map(asFile))).rejects.toThrow(/must have "model\.json", got model-00001/);
  });

  it('in a list of files must be the only one', async () => {
    const files = [asFile(INDEX), new File(['{}'], 'model.json')];
    await expect(loadWeights(other, files)).rejects.toThrow(
      /must have one of model\.json, model\.safetensors\.index\.json, got both/,
    );
  });
});

it('an index of files of torch.save is read as well', async () => {
  const set = join(folder, 'torch');
  mkdirSync(set);
  const parts = ['pytorch_model-00001-of-00002.bin', 'pytorch_model-00002-of-00002.bin'];
  for (const [i, part] of parts.entries()) {
    const own = tensors.filter((_, at) => at % 2 === i).map(({ name, shape, values }) => [name, { shape, values }]);
    writeFileSync(join(set, part), torchSave(Object.fromEntries(own)));
  }
  const weightMap = Object.fromEntries(tensors.map(({ name }, i) => [name, parts[i % 2]]));
  writeFileSync(join(set, 'pytorch_model.bin.index.json'), JSON.stringify({ weight_map: weightMap }));
  expect(await loadWeights(other, set)).toMatchObject({ format: 'torch', naming: 'timm', missing: [], unexpected: [] });
  expect(all(other)).toEqual(all(model));
});
