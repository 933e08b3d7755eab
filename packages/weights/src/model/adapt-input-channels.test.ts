import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createModel, NFNET, type NFNetSpec } from '@nfnets/models';
import type { StoredTensor } from '@nfnets/safetensors';
import type * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import { loadWeights, saveWeights } from '../index.js';
import { adaptInputChannels } from './adapt-input-channels.js';

const stored = (shape: number[], values: number[]): StoredTensor => ({
  name: 'kernel',
  shape,
  dtype: 'F32',
  read: async () => Float32Array.from(values),
});

describe('adaptInputChannels', () => {
  // Two outputs, three channels, one row of two pixels.
  const outputsFirst = stored([2, 3, 1, 2], [1, 2, 10, 20, 100, 200, 3, 4, 30, 40, 300, 400]);
  // One row of two pixels, three channels, two outputs: the same kernel.
  const outputsLast = stored([1, 2, 3, 2], [1, 3, 10, 30, 100, 300, 2, 4, 20, 40, 200, 400]);

  it('sums the channels for one', async () => {
    const first = adaptInputChannels(outputsFirst, { name: '', shape: [2, 1, 1, 2], layout: 'OIHW' })!;
    expect([...(await first.read())]).toEqual([111, 222, 333, 444]);
    const last = adaptInputChannels(outputsLast, { name: '', shape: [1, 2, 1, 2], layout: 'same' })!;
    expect([...(await last.read())]).toEqual([111, 333, 222, 444]);
  });

  it('repeats them for more, times 3 / channels', async () => {
    const first = adaptInputChannels(outputsFirst, { name: '', shape: [2, 6, 1, 2], layout: 'OIHW' })!;
    const half = [0.5, 1, 5, 10, 50, 100];
    expect([...(await first.read())].slice(0, 12)).toEqual([...half, ...half]);
    const last = adaptInputChannels(outputsLast, { name: '', shape: [1, 2, 6, 2], layout: 'same' })!;
    expect([...(await last.read())].slice(0, 12)).toEqual([0.5, 1.5, 5, 15, 50, 150, 0.5, 1.5, 5, 15, 50, 150]);
  });

  it.each([
    [
      [2, 3, 1, 2],
      [2, 3, 1, 2],
    ],
    [
      [2, 1, 1, 2],
      [2, 3, 1, 2],
    ],
    [
      [2, 4, 1, 2],
      [2, 1, 1, 2],
    ],
    [
      [2, 1, 1, 2],
      [2, 4, 1, 2],
    ],
    [
      [3, 3, 1, 2],
      [2, 1, 1, 2],
    ],
    [
      [2, 3, 1],
      [2, 1, 1, 2],
    ],
  ])('has no rule for %j to %j', (from, to) => {
    expect(adaptInputChannels(stored(from, []), { name: '', shape: to, layout: 'OIHW' })).toBeUndefined();
  });
});

describe('loadWeights of a model for other images', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nfnets-channels-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const make = (channels: number, seed: number) =>
    createModel({ ...NFNET.nfnet_digits, inputShape: [28, 28, channels] } as NFNetSpec, { numClasses: 10, seed });
  const kernel = (model: tf.LayersModel) => [...model.weights[0]!.read().dataSync()];
  const rest = (model: tf.LayersModel) => model.weights.slice(1).map((weight) => [...weight.read().dataSync()]);

  it.each(['timm', 'ours'] as const)(
    'adapts the first kernel when it is told to, and says so (names: %s)',
    async (naming) => {
      const path = join(folder, `${naming}.safetensors`);
      const colour = make(3, 1);
      await saveWeights(colour, path, { naming });
      const [grey, six] = [make(1, 2), make(6, 3)];
      const before = kernel(grey);
      await expect(loadWeights(grey, path)).rejects.toThrow(
        /For images of another number of channels pass \{ inputChannels: 'adapt' \}/,
      );
      expect(kernel(grey)).toEqual(before);
      const { adapted, loaded, misshapen } = await loadWeights(grey, path, { inputChannels: 'adapt' });
      expect([loaded.length, misshapen]).toEqual([68, []]);
      const shapes =
        naming === 'timm'
          ? [
              [16, 3, 3, 3],
              [16, 1, 3, 3],
            ]
          : [
              [3, 3, 3, 16],
              [3, 3, 1, 16],
            ];
      expect([adapted!.inFile, adapted!.inModel]).toEqual(shapes);
      const theirs = kernel(colour);
      // [height, width, channels, outputs]
      const sums = kernel(grey).map((_, i) => {
        const place = Math.floor(i / 16) * 48 + (i % 16);
        return Math.fround(Math.fround(theirs[place]! + theirs[place + 16]!) + theirs[place + 32]!);
      });
      expect(kernel(grey)).toEqual(sums);
      expect(rest(grey)).toEqual(rest(colour));
      await loadWeights(six, path, { inputChannels: 'adapt' });
      expect(kernel(six).slice(48, 64)).toEqual(theirs.slice(0, 16).map((value) => value / 2));
      expect((await loadWeights(colour, path, { inputChannels: 'adapt' })).adapted).toBeUndefined();
      for (const model of [colour, grey, six]) model.dispose();
    },
  );

  it('lists the kernel when it need not be strict and is not told to', async () => {
    const path = join(folder, 'ours.safetensors');
    const grey = make(1, 2);
    const { misshapen } = await loadWeights(grey, path, { strict: false });
    expect(misshapen).toEqual([{ name: 'stem_conv0/kernel', inFile: [3, 3, 3, 16], inModel: [3, 3, 1, 16] }]);
    grey.dispose();
  });
});
