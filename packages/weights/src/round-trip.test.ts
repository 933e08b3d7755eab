import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createModel, NFNET, type NFNetSpec, publishedWeights } from '@nfnets/models';
import { expectTensorClose, goldenValues } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadWeights, saveWeights } from './index.js';

/*
 * Files between us and the Python libraries, both ways. In a process of its own Python writes and reads what
 * `python/round_trip.py` says.
 */
const ownPython = fileURLToPath(new URL('../../../bench/.venv/bin/python', import.meta.url));
const python = process.env['NFNETS_PYTHON'] ?? ownPython;
const isMissing = python.includes('/') && !existsSync(python);
const NEEDS = 'needs timm: python3 -m venv bench/.venv && bench/.venv/bin/pip install -r bench/requirements.txt';

// The net of `python/round_trip.py`.
const spec: NFNetSpec = {
  ...NFNET.nfnet_f0,
  stem: [8, 16, 32, 64].map((channels, i) => ({ channels, stride: i === 0 || i === 3 ? 2 : 1 })),
  widths: [32, 64, 96, 96],
  depths: [1, 2, 1, 1],
  groupWidth: 16,
  finalChannels: 192,
  // timm's gelu is the exact one, the authors' the one by tanh.
  activation: 'relu',
};
const CLASSES = 5;

describe.skipIf(isMissing)(`files of Python's libraries (${NEEDS})`, () => {
  let folder: string;
  let model: tf.LayersModel;
  const file = (name: string) => join(folder, name);
  const images = Float32Array.from(goldenValues('images', 2 * 64 * 64 * 3));
  const weights = () => new Map(model.weights.map((weight) => [weight.originalName, weight.read().dataSync().slice()]));
  let logits: Float32Array;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'nfnets-round-trip-'));
    model = createModel(spec, { numClasses: CLASSES, seed: 1 });
    for (const weight of model.weights) {
      const { originalName: name } = weight;
      const u = goldenValues(
        name,
        weight.shape.reduce<number>((product, n) => product * n!, 1),
      );
      // Standardization takes out a kernel's scale, but timm adds its epsilon to the variance: a large one hides that.
      const values = u.map((u) => (name.endsWith('kernel') && !name.startsWith('linear') ? 3 * u : 1 + 0.2 * u));
      const tensor = tf.tensor(values, weight.shape as number[]);
      weight.write(tensor);
      tensor.dispose();
    }
    const nhwc = tf.tensor4d(images, [2, 64, 64, 3]);
    const nchw = tf.transpose(nhwc, [0, 3, 1, 2]);
    const output = model.predict(nhwc) as tf.Tensor;
    logits = (await output.data<'float32'>()).slice();
    writeFileSync(file('input.bin'), new Uint8Array((await nchw.data<'float32'>()).slice().buffer));
    tf.dispose([nhwc, nchw, output]);
    await saveWeights(model, file('ours.safetensors'), { naming: 'timm', spec });
    const names = [...publishedWeights(spec, 'haiku', CLASSES).values()].map(({ name, shape }) => [name, shape]);
    writeFileSync(file('names.json'), JSON.stringify(names));
    execFileSync(python, [fileURLToPath(new URL('../python/round_trip.py', import.meta.url)), folder], {
      stdio: 'pipe',
    });
  }, 120_000);

  afterAll(() => {
    model.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  it('timm takes what we save, strictly, and gives our logits', () => {
    const theirs = JSON.parse(readFileSync(file('logits.json'), 'utf8')) as number[];
    const scale = Math.max(...theirs.map(Math.abs));
    expect(scale).toBeGreaterThan(0.1);
    expectTensorClose([...logits], theirs, { relative: 0, absolute: 1e-4 * scale });
  });

  it('timm’s file comes back from us byte for byte', async () => {
    await loadWeights(model, file('timm.safetensors'), { spec });
    await saveWeights(model, file('back.safetensors'), { naming: 'timm', spec });
    expect(readFileSync(file('back.safetensors')).equals(readFileSync(file('timm.safetensors')))).toBe(true);
  });

  it.each(['timm.pth', 'timm-legacy.pth'])('%s holds the same as the safetensors file', async (name) => {
    await loadWeights(model, file('timm.safetensors'), { spec });
    const expected = weights();
    for (const weight of model.weights) {
      const zeros = tf.zeros(weight.shape as number[]);
      weight.write(zeros);
      zeros.dispose();
    }
    expect(await loadWeights(model, file(name), { spec })).toMatchObject({ format: 'torch', naming: 'timm' });
    expect(weights()).toEqual(expected);
  });

  it('a pickle of the authors’ modules loads by their names', async () => {
    expect(await loadWeights(model, file('haiku.npz'), { spec })).toMatchObject({ format: 'haiku', naming: 'haiku' });
    const theirs = JSON.parse(readFileSync(file('haiku.json'), 'utf8')) as Record<string, number[]>;
    const ours = weights();
    for (const [name, published] of publishedWeights(spec, 'haiku', CLASSES)) {
      expect([...ours.get(name)!], name).toEqual(theirs[published.name]);
    }
  });
});
