import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createModel, NFNET, type NFNetSpec, planWeights, publishedWeights } from '@nfnets/models';
import { safetensorsHeader } from '@nfnets/safetensors';
import { goldenValues } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import * as weights from '../index.js';
import { type LoadWeightsOptions, loadWeights, saveWeights, TensorFileError } from '../index.js';

it('exports what it promises', () => {
  expect(Object.keys(weights).sort()).toEqual(['TensorFileError', 'fromHub', 'loadWeights', 'saveWeights']);
});

// Small enough for the plain JavaScript backend, with two blocks in a stage, groups and every kind of weight.
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
const makeModel = (seed: number, numClasses = CLASSES) => createModel(SMALL, { numClasses, seed });
type Model = ReturnType<typeof makeModel>;
const valuesOf = (model: Model) =>
  new Map(model.weights.map((weight) => [weight.originalName, [...weight.read().dataSync()]]));

interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

function safetensors(tensors: ReadonlyMap<string, Tensor>): Uint8Array {
  const header = safetensorsHeader([...tensors].map(([name, { shape }]) => ({ name, dtype: 'F32', shape })));
  const parts = [header, ...[...tensors.values()].map(({ values }) => new Uint8Array(values.buffer))];
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** A whole file with the given names. */
function published(naming: 'timm' | 'haiku', numClasses = CLASSES): Map<string, Tensor> {
  const names = [...publishedWeights(SMALL, naming, numClasses).values()];
  return new Map(
    names.map(({ name, shape }) => {
      const count = shape.reduce((product, n) => product * n, 1);
      return [name, { shape, values: Float32Array.from(goldenValues(name, count)) }];
    }),
  );
}

const folder = mkdtempSync(join(tmpdir(), 'nfnets-weights-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('loadWeights', () => {
  it('moves timm’s axes to ours', async () => {
    const model = makeModel(1);
    const file = published('timm');
    const { naming, loaded } = await loadWeights(model, safetensors(file), { spec: SMALL });
    expect(naming).toBe('timm');
    expect(loaded).toEqual(planWeights(SMALL, CLASSES).map(({ name }) => name));
    const values = valuesOf(model);
    // [out, in, height, width] at (o, i, h, w) is [height, width, in, out] at (h, w, i, o).
    const theirs = file.get('stages.1.0.conv2.weight')!;
    const [outputs, inputs, height, width] = theirs.shape as [number, number, number, number];
    const ours = values.get('nf_block_1/conv1/kernel')!;
    for (let o = 0; o < outputs; o++)
      for (let i = 0; i < inputs; i++)
        for (let h = 0; h < height; h++)
          for (let w = 0; w < width; w++)
            expect(ours[((h * width + w) * inputs + i) * outputs + o]).toBe(
              theirs.values[((o * inputs + i) * height + h) * width + w],
            );
    const head = file.get('head.fc.weight')!.values;
    expect(values.get('linear/kernel')!.slice(0, 3)).toEqual([head[0], head[24], head[48]]);
    expect(values.get('nf_block_1/conv1/gain')).toEqual([...file.get('stages.1.0.conv2.gain')!.values]);
    model.dispose();
  });

  it('takes the authors’ values as they are', async () => {
    const model = makeModel(1);
    const file = published('haiku');
    expect((await loadWeights(model, safetensors(file), { spec: SMALL })).naming).toBe('haiku');
    const values = valuesOf(model);
    expect(values.get('nf_block_0/conv0/kernel')).toEqual([...file.get('NFNet/~/nf_block/~/conv0/w')!.values]);
    expect(values.get('linear/bias')).toEqual([...file.get('NFNet/~/linear/b')!.values]);
    model.dispose();
  });

  it('knows the spec of a preset', async () => {
    const model = createModel('nfnet_digits', { numClasses: 3, seed: 1 });
    const names = publishedWeights(NFNET.nfnet_digits, 'timm', 3);
    const tensors = [...names.values()].map(({ name, shape }): [string, Tensor] => [
      name,
      { shape, values: new Float32Array(shape.reduce((product, n) => product * n, 1)).fill(2) },
    ]);
    expect((await loadWeights(model, safetensors(new Map(tensors)))).naming).toBe('timm');
    expect(valuesOf(model).get('linear/bias')).toEqual([2, 2, 2]);
    model.dispose();
  });

  it('knows the names of every family', async () => {
    const model = createModel('timm/test_nfnet', { numClasses: 3, seed: 1 });
    const path = join(folder, 'family.safetensors');
    await saveWeights(model, path, { naming: 'timm' });
    const other = createModel('timm/test_nfnet', { numClasses: 3, seed: 2 });
    expect((await loadWeights(other, path)).naming).toBe('timm');
    expect(valuesOf(other)).toEqual(valuesOf(model));
    model.dispose();
    other.dispose();
  });

  it('lists all that does not fit, and changes nothing', async () => {
    const model = makeModel(1);
    const before = valuesOf(model);
    const file = published('timm', 7);
    file.delete('stem.conv1.gain');
    file.delete('stages.0.0.skipinit_gain');
    file.set('norm.weight', { shape: [1], values: new Float32Array(1) });
    await expect(loadWeights(model, safetensors(file), { spec: SMALL })).rejects.toThrow(
      new TensorFileError(
        [
          'loadWeights: the bytes does not fit the model (names: timm).',
          '2 missing from the file:',
          '  stem.conv1.gain',
          '  stages.0.0.skipinit_gain',
          '1 in the file but not in the model:',
          '  norm.weight',
          '2 of another shape:',
          '  head.fc.weight: [7,24] in the file, [5,24] in the model',
          '  head.fc.bias: [7] in the file, [5] in the model',
          "To keep the model's own classifier pass { head: 'replace' }; to load what fits pass { strict: false }.",
        ].join('\n'),
      ),
    );
    expect(valuesOf(model)).toEqual(before);
    model.dispose();
  });

  it('loads what fits when it need not be strict', async () => {
    const model = makeModel(1);
    const before = valuesOf(model);
    const file = published('timm', 7);
    file.delete('stem.conv1.gain');
    const { loaded, ...rest } = await loadWeights(model, safetensors(file), { spec: SMALL, strict: false });
    expect(rest).toEqual({
      format: 'safetensors',
      naming: 'timm',
      missing: ['stem.conv1.gain'],
      unexpected: [],
      misshapen: [
        { name: 'head.fc.weight', inFile: [7, 24], inModel: [5, 24] },
        { name: 'head.fc.bias', inFile: [7], inModel: [5] },
      ],
    });
    const kept = ['stem_conv0/gain', 'linear/kernel', 'linear/bias'];
    expect(loaded).toEqual([...before.keys()].filter((name) => !kept.includes(name)));
    for (const name of kept) expect(valuesOf(model).get(name)).toEqual(before.get(name));
    model.dispose();
  });

  it.each([7, CLASSES])('leaves a replaced head alone (%i classes in the file)', async (numClasses) => {
    const model = makeModel(1);
    const before = valuesOf(model);
    const result = await loadWeights(model, safetensors(published('timm', numClasses)), {
      spec: SMALL,
      head: 'replace',
    });
    expect(result).toMatchObject({ missing: [], unexpected: [], misshapen: [] });
    const after = valuesOf(model);
    expect(after.get('linear/kernel')).toEqual(before.get('linear/kernel'));
    expect(after.get('linear/bias')).toEqual(before.get('linear/bias'));
    expect(after.get('final_conv/kernel')).not.toEqual(before.get('final_conv/kernel'));
    model.dispose();
  });

  it.each([Number.NaN, Infinity])('refuses %f unless told otherwise', async (value) => {
    const model = makeModel(1);
    const file = published('timm');
    file.get('final_conv.bias')!.values[3] = value;
    const options: LoadWeightsOptions = { spec: SMALL };
    const before = valuesOf(model);
    await expect(loadWeights(model, safetensors(file), options)).rejects.toThrow(
      `"final_conv.bias" of the bytes has values that are not finite: ${value} at place 3 of 24. Nothing was loaded.`,
    );
    expect(valuesOf(model)).toEqual(before);
    await loadWeights(model, safetensors(file), { ...options, allowNonFinite: true });
    expect(valuesOf(model).get('final_conv/bias')![3]).toBe(value);
    model.dispose();
  });

  it('refuses what is of another architecture, and says when it cannot know', async () => {
    const model = makeModel(1);
    const other = new Map([['layer1.0.conv1.weight', { shape: [1], values: new Float32Array(1) }]]);
    await expect(loadWeights(model, safetensors(other))).rejects.toThrow(
      /has 1 tensors \("layer1\.0\.conv1\.weight"\), and none has a name of the model's weights\. The model is no preset: pass \{ spec \}/,
    );
    await expect(loadWeights(model, safetensors(other), { spec: SMALL })).rejects.toThrow(
      /Is it of this architecture\?/,
    );
    await expect(loadWeights(model, safetensors(other), { spec: SMALL, naming: 'timm' })).rejects.toThrow(
      /Is it of this architecture\? Leave `naming` out/,
    );
    await expect(loadWeights(model, safetensors(other), { head: 'keep' as 'replace' })).rejects.toThrow(
      /`head` must be 'replace' or left out, got "keep"/,
    );
    await expect(loadWeights(model, 'https://example.com/x')).rejects.toThrow(/must be on this machine/);
    await expect(loadWeights(model, 5 as never)).rejects.toThrow(/`source` must be a path, bytes, a Blob/);
    for (const source of [undefined, null, '', [1], {}]) {
      await expect(loadWeights(model, source as never)).rejects.toThrow(/`source` must be a path, bytes, a Blob/);
    }
    await expect(loadWeights(model, '/dev/null')).rejects.toThrow(/is not a file/);
    await expect(loadWeights(model, join(folder, 'none'))).rejects.toThrow(/cannot be opened: ENOENT/);
    model.dispose();
  });
});

describe('saveWeights', () => {
  it.each(['ours', 'timm'] as const)('writes what loadWeights reads (names: %s)', async (naming) => {
    const [model, other, third] = [makeModel(1), makeModel(2), makeModel(3)];
    const path = join(folder, `${naming}.safetensors`);
    await saveWeights(model, path, { naming, spec: SMALL });
    const counts: number[] = [];
    const { format } = await loadWeights(other, path, { spec: SMALL, onProgress: (loaded) => counts.push(loaded) });
    expect(format).toBe('safetensors');
    expect(counts.at(-1)).toBe(model.weights.length);
    expect(valuesOf(other)).toEqual(valuesOf(model));
    await loadWeights(third, new Blob([readFileSync(path)]), { spec: SMALL });
    await loadWeights(third, [new File([readFileSync(path)], 'any.name')], { spec: SMALL });
    expect(valuesOf(third)).toEqual(valuesOf(model));
    expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([]);
    for (const made of [model, other, third]) made.dispose();
  });

  it('rounds to float16', async () => {
    const [model, other] = [makeModel(1), makeModel(2)];
    const path = join(folder, 'half.safetensors');
    await saveWeights(model, path, { dtype: 'float16' });
    await loadWeights(other, path);
    const exact = valuesOf(model);
    for (const [name, values] of valuesOf(other)) {
      for (const [i, value] of values.entries()) {
        const wanted = exact.get(name)![i]!;
        // Half a unit in the last of 10 places, or of the smallest halves.
        expect(Math.abs(value - wanted)).toBeLessThanOrEqual(Math.max(Math.abs(wanted) * 2 ** -11, 2 ** -25));
      }
    }
    const large = tf.fill([24], 1e5);
    model.weights.find(({ originalName }) => originalName === 'final_conv/bias')!.write(large);
    large.dispose();
    await expect(saveWeights(model, path, { dtype: 'float16' })).rejects.toThrow(
      /"final_conv\/bias" has values beyond 65504/,
    );
    // The file of before is still there, whole.
    await loadWeights(other, path);
    expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([]);
    model.dispose();
    other.dispose();
  });

  it('writes to a stream', async () => {
    const [model, other] = [makeModel(1), makeModel(2)];
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const [bytes] = await Promise.all([new Response(readable).arrayBuffer(), saveWeights(model, writable)]);
    await loadWeights(other, bytes);
    expect(valuesOf(other)).toEqual(valuesOf(model));
    model.dispose();
    other.dispose();
  });

  it('refuses options it does not know', async () => {
    const model = makeModel(1);
    const path = join(folder, 'never');
    await expect(saveWeights(model, path, { naming: 'haiku' as 'timm' })).rejects.toThrow(/`naming` must be/);
    await expect(saveWeights(model, path, { dtype: 'int8' as 'float16' })).rejects.toThrow(/`dtype` must be/);
    await expect(saveWeights(model, path, { naming: 'timm' })).rejects.toThrow(/which is no preset. Pass \{ spec \}/);
    expect(readdirSync(folder)).not.toContain('never');
    model.dispose();
  });
});

describe('a model.json of TensorFlow.js', () => {
  /** What `model.save('file://...')` of tfjs-node writes, in two shards. */
  async function save(model: Model, to: string): Promise<void> {
    mkdirSync(to, { recursive: true });
    await model.save(
      tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
        const data = new Uint8Array(weightData as ArrayBuffer);
        writeFileSync(join(to, 'shard1.bin'), data.subarray(0, 1001));
        writeFileSync(join(to, 'shard2.bin'), data.subarray(1001));
        const weightsManifest = [{ paths: ['shard1.bin', 'shard2.bin'], weights: weightSpecs }];
        writeFileSync(join(to, 'model.json'), JSON.stringify({ modelTopology, weightsManifest }));
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      }),
    );
  }
  const to = join(folder, 'tfjs');
  const asFile = (name: string) => new File([readFileSync(join(to, name))], name);

  it('is loaded by its path, its folder or as files', async () => {
    const model = makeModel(1);
    await save(model, to);
    const files = ['shard2.bin', 'model.json', 'shard1.bin'].map(asFile);
    for (const [seed, source] of [join(to, 'model.json'), to, pathToFileURL(to), files].entries()) {
      const other = makeModel(seed + 2);
      expect(await loadWeights(other, source)).toMatchObject({ format: 'tfjs', naming: 'ours' });
      expect(valuesOf(other)).toEqual(valuesOf(model));
      other.dispose();
    }
    await expect(loadWeights(model, files.slice(0, 2))).rejects.toThrow(
      /must have "shard1\.bin", got shard2\.bin, model\.json/,
    );
    model.dispose();
  });

  it.each([
    ['{"a": 1}', /has no weightsManifest/],
    ['{"a": ', /is not JSON/],
    ['{"weightsManifest": [null]}', /a group must have paths and weights/],
    [
      '{"weightsManifest": [{"paths": ["../../secret"], "weights": []}]}',
      /files must lie beside it, got "\.\.\/\.\.\/secret"/,
    ],
    [
      '{"weightsManifest": [{"paths": [], "weights": [{"name": "a", "shape": [2], "dtype": "float32"}]}]}',
      /files end before the values of "a"/,
    ],
    [
      '{"weightsManifest": [{"paths": [], "weights": [{"name": "a", "shape": [2], "dtype": "uint8"}]}]}',
      /"a" must be float32/,
    ],
    [
      '{"weightsManifest": [{"paths": [], "weights": [{"name": "a", "shape": [0], "dtype": "float32"}, {"name": "a", "shape": [0], "dtype": "float32"}]}]}',
      /has "a" twice/,
    ],
  ])('is refused as %s', async (json, message) => {
    const path = join(folder, 'model.json');
    writeFileSync(path, json);
    const model = makeModel(1);
    await expect(loadWeights(model, path)).rejects.toThrow(TensorFileError);
    await expect(loadWeights(model, path)).rejects.toThrow(message);
    model.dispose();
  });
});
