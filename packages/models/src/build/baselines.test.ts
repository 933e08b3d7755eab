import { goldenValues } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { countParameters, createModel, EFFICIENTNET, NF_RESNET, RESNET } from '../index.js';

describe('networks with batch normalization', () => {
  // torchvision's counts, and for what it does not have timm's.
  it.each([
    ['resnet50', 25_557_032],
    ['resnet101', 44_549_160],
    ['resnet152', 60_192_808],
    ['resnet200', 64_673_832],
  ] as const)('counts the parameters of %s exactly', (name, parameters) => {
    expect(countParameters(RESNET[name], 1000)).toBe(parameters);
  });

  // Stem 144 + 32. Blocks of 16 -> 16 -> 16 -> 64 channels, kernels 256 + 2304 + 1024 and 1024 of the shortcut, 320 scales and
  // shifts: 4928; of 64 -> 32 -> 32 -> 128: 24192; of 128 -> 64 -> 64 -> 256: 95488. Classifier 256 * 10 + 10.
  it('counts the parameters of the digits networks exactly: a gain and a bias for each scale and shift, and 3 skip gains', () => {
    expect(countParameters(RESNET.resnet_digits, 10)).toBe(127_354);
    expect(countParameters(NF_RESNET.nf_resnet_digits, 10)).toBe(127_357);
  });

  it.each([
    ['efficientnet_b0', 5_288_548],
    ['efficientnet_b1', 7_794_184],
    ['efficientnet_b2', 9_109_994],
    ['efficientnet_b3', 12_233_232],
    ['efficientnet_b4', 19_341_616],
    ['efficientnet_b5', 30_389_784],
    ['efficientnet_b6', 43_040_704],
    ['efficientnet_b7', 66_347_960],
  ] as const)('counts the parameters of %s exactly', (name, parameters) => {
    expect(countParameters(EFFICIENTNET[name], 1000)).toBe(parameters);
  });

  it.each([
    ['resnet50', 53_120],
    ['resnet_digits', 2_272], // 2 * (16 + 160 + 320 + 640)
    ['efficientnet_b1', 62_048],
  ] as const)(
    'builds %s with as many, and the moving averages beside',
    (name, averages) => {
      const model = createModel(name, { numClasses: 10, seed: 1 });
      const trainable = model.trainableWeights.reduce(
        (sum, { shape }) => sum + shape.reduce<number>((a, b) => a * b!, 1),
        0,
      );
      expect(trainable).toBe(countParameters({ ...RESNET, ...EFFICIENTNET }[name], 10));
      expect(model.countParams() - trainable).toBe(averages);
      expect(model.outputShape).toEqual([null, 10]);
      model.dispose();
    },
    60_000,
  );

  it.each([
    { ...RESNET.resnet50, depths: [1, 1] },
    { ...EFFICIENTNET.efficientnet_b0, widthFactor: 0.25, depthFactor: 0.5 },
  ])('predicts, drops and takes its weights from the seed: $family', (spec) => {
    const x = tf.tensor4d(goldenValues('x', 2 * 33 * 33 * 3), [2, 33, 33, 3]);
    const make = (seed: number) => createModel(spec, { numClasses: 3, dropRate: 0.5, stochasticDepthRate: 0.5, seed });
    const logits = (seed: number, args: object = {}) => {
      const model = make(seed);
      const values = tf.tidy(() => [...(model.apply(x, args) as tf.Tensor).dataSync()]);
      model.dispose();
      return values;
    };
    const first = logits(1);
    expect(first.every(Number.isFinite)).toBe(true);
    expect(logits(1)).toEqual(first);
    expect(logits(2)).not.toEqual(first);
    x.dispose();
  });
});
