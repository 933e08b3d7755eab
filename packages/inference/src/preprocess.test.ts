import { EFFICIENTNET, NF_REGNET, NF_RESNET, NFNET, RESNET, TIMM_NFNET } from '@nfnets/models';
import { expectTensorClose } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imageNamed, reference } from './__fixtures__/reference.js';
import { centreWindow } from './crop-window.js';
import { type PreprocessSpec, preprocess } from './index.js';
import { assertSpec } from './preprocess.js';
import '@tensorflow/tfjs-backend-wasm';

it('crops the centre that the authors crop, at every size', () => {
  for (const { height, width, testSize, window } of reference.windows) {
    const { top, left, side } = centreWindow(height, width, testSize, 32);
    expect([top, left, side, side], `${height} x ${width} at ${testSize}`).toEqual(window);
  }
});

describe.each(['cpu', 'wasm'])('on %s', (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });
  afterAll(async () => {
    await tf.setBackend('cpu');
  });

  it.each(reference.evaluations.map((row, i) => ({ ...row, i })))(
    'makes $shape ready at $testSize by $crop as the authors',
    ({ i, shape, testSize, crop, values }) => {
      const images = imageNamed(`evaluation ${i}`, shape);
      const ready = preprocess(images, { testSize, crop });
      expect(ready.dtype).toBe('float32');
      expect(ready.shape).toEqual([shape[0], testSize, testSize, 3]);
      // 1e-4 of 0..255 before the division by 57 to 59.
      expectTensorClose(ready, values, { absolute: 2e-6, relative: 2e-6 });
      tf.dispose([images, ready]);
    },
  );
});

it('takes one image, of floats as of whole numbers, and crops by resize_crop_32 unless told', () => {
  tf.tidy(() => {
    const images = imageNamed('one', [1, 10, 12, 3]);
    const image = tf.squeeze<tf.Tensor3D>(tf.cast(images, 'float32'), [0]);
    const ready = preprocess(image, { testSize: 8 });
    expectTensorClose(ready, preprocess(images, { testSize: 8, crop: 'resize_crop_32' }), { absolute: 0, relative: 0 });
  });
});

it('leaves values outside 0..255 as they are', () => {
  // A step from black to white overshoots on both sides: by hand, the row of 111/128 and -9/128 above.
  tf.tidy(() => {
    const step = tf.tile(tf.tensor([0, 0, 255, 255], [1, 4, 1]), [4, 1, 3]) as tf.Tensor3D;
    const ready = preprocess(step, { testSize: 8, crop: 'none', mean: [0, 0, 0], std: [1, 1, 1] });
    expect(tf.min(ready).dataSync()[0]).toBeLessThan(-17);
    expect(tf.max(ready).dataSync()[0]).toBeGreaterThan(272);
  });
});

it('subtracts the mean and divides by the deviation that it is given', () => {
  tf.tidy(() => {
    const white = tf.fill([4, 4, 3], 255) as tf.Tensor3D;
    const ready = preprocess(white, { testSize: 1, crop: 'none', mean: [127.5, 0, 255], std: [127.5, 255, 1] });
    expectTensorClose(ready, [1, 1, 0]);
    const byDefault = preprocess(white, { testSize: 1, crop: 'none' });
    expectTensorClose(byDefault, [(1 - 0.485) / 0.229, (1 - 0.456) / 0.224, (1 - 0.406) / 0.225]);
  });
});

it('makes images grey, or leaves them so, for a mean and a deviation of one channel', () => {
  tf.tidy(() => {
    const grey = { testSize: 2, crop: 'none', mean: [33.318], std: [78.567] } as const;
    // By hand: 0.299 * 10 + 0.587 * 100 + 0.114 * 200 = 84.49.
    const colour = tf.tile(tf.tensor([10, 100, 200], [1, 1, 3], 'int32'), [4, 4, 1]) as tf.Tensor3D;
    const ready = preprocess(colour, grey);
    expect(ready.shape).toEqual([1, 2, 2, 1]);
    expectTensorClose(ready, Array(4).fill((84.49 - 33.318) / 78.567), { absolute: 1e-6, relative: 1e-6 });
    const already = preprocess(tf.fill([3, 5, 4, 1], 84.49) as tf.Tensor4D, grey);
    expect(already.shape).toEqual([3, 2, 2, 1]);
    expectTensorClose(already, Array(12).fill((84.49 - 33.318) / 78.567), { absolute: 1e-6, relative: 1e-6 });
    for (const crop of ['resize_crop_32', 'crop_resize'] as const) {
      expect(preprocess(tf.zeros([40, 60, 3]) as tf.Tensor3D, { ...grey, crop }).shape).toEqual([1, 2, 2, 1]);
    }
  });
});

it('says what is wrong with an image or a spec', () => {
  const image = tf.zeros<tf.Rank.R3>([4, 4, 3]);
  const gray = tf.zeros<tf.Rank.R3>([4, 4, 1]);
  const dot = tf.zeros<tf.Rank.R3>([1, 1, 3]);
  const refuse = (spec: unknown, message: RegExp) =>
    expect(() => preprocess(image, spec as PreprocessSpec)).toThrow(message);
  refuse(undefined, /`spec.testSize` must be a whole number of pixels, got undefined/);
  refuse({ testSize: 2.5 }, /got 2.5/);
  refuse({ testSize: 4, crop: 'center' }, /`spec.crop` must be one of resize_crop_32, crop_resize, none, got "center"/);
  refuse({ testSize: 4, mean: [1] }, /`spec.mean` must be three numbers/);
  refuse({ testSize: 4, std: [1, 0, 1] }, /`spec.std` must be three positive numbers, .* got \[1,0,1\]/);
  expect(() => preprocess(gray, { testSize: 4 })).toThrow(/`image` must be .* got \[4,4,1\]/);
  expect(() => preprocess(gray, { testSize: 4 })).toThrow('for grey images give one number as `spec.mean`');
  refuse({ testSize: 4, std: [1] }, /`spec.mean` must be three numbers .*, or one with one, got .* with \[1\]/);
  refuse({ testSize: 4, mean: [1, 2], std: [1, 2] }, /`spec.mean` must be three numbers, .*, or one for grey/);
  refuse({ testSize: 4, mean: [1], std: [0] }, /`spec.std` must be three positive numbers/);
  expect(() => preprocess(dot, { testSize: 4, crop: 'crop_resize' })).toThrow(/pixels left after the crop, got 1 x 1/);
  refuse({ testSize: 4, crp: 'none' }, /^preprocess: no option `spec.crp`; did you mean `spec.crop`\?/);
  refuse({ size: 4 }, /no option `spec.size`/);
  refuse({ ...NFNET.nfnet_f0, crp: 'none' }, /no option `spec.crp`; did you mean `spec.crop`\?/);
  refuse(256, /`spec` must be an object such as \{ testSize: 256 \}, .* got 256/);
  const flags = tf.zeros<tf.Rank.R3>([4, 4, 3], 'bool');
  expect(() => preprocess(flags, { testSize: 4 })).toThrow('must hold int32 or float32 of 0..255, got bool');
  expect(() => (preprocess as () => unknown)()).toThrow(
    '`image` must be a tensor [height, width, 3], as readImage gives',
  );
  tf.dispose([image, gray, dot, flags]);
});

it('takes every preset as a spec', () => {
  for (const specs of [NFNET, NF_RESNET, NF_REGNET, TIMM_NFNET, RESNET, EFFICIENTNET]) {
    for (const spec of Object.values(specs)) assertSpec('test', spec);
  }
});
