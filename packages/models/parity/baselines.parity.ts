import { relativeError } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createModel } from '../src/index.js';
import { isTimmMissing, NEEDS_TIMM, runTimm, useFastestEngine } from './reference.js';

const KINDS: Record<string, string> = {
  kernel: 'weight',
  depthwise_kernel: 'weight',
  gamma: 'weight',
  beta: 'bias',
  bias: 'bias',
  moving_mean: 'running_mean',
  moving_variance: 'running_var',
};

/** Our layer of an EfficientNet to timm's, whose first stage has one convolution less. */
function efficientNetLayer(layer: string): string {
  const top: Record<string, string> = { stem: 'conv_stem', 'stem.bn': 'bn1', head: 'conv_head', 'head.bn': 'bn2' };
  if (layer === 'linear') return 'classifier';
  if (top[layer] !== undefined) return top[layer];
  const [, block, part] = layer.match(/^(blocks\.\d+\.\d+)\.(.+)$/)!;
  const isFirst = block!.startsWith('blocks.0.');
  const parts: Record<string, string> = {
    expand: 'conv_pw',
    'expand.bn': 'bn1',
    depthwise: 'conv_dw',
    'depthwise.bn': isFirst ? 'bn1' : 'bn2',
    'se.reduce': 'se.conv_reduce',
    'se.expand': 'se.conv_expand',
    project: isFirst ? 'conv_pw' : 'conv_pwl',
    'project.bn': isFirst ? 'bn2' : 'bn3',
  };
  return `${block}.${parts[part!]}`;
}

const resNetLayer = (layer: string) => (layer === 'linear' ? 'fc' : layer);

describe.skipIf(isTimmMissing)(isTimmMissing ? NEEDS_TIMM : 'as in timm', () => {
  beforeAll(useFastestEngine);
  afterAll(async () => {
    await tf.setBackend('cpu');
  });

  it.each([
    ['resnet50', 'resnet50', resNetLayer],
    ['efficientnet_b0', 'tf_efficientnet_b0', efficientNetLayer],
    ['efficientnet_b1', 'tf_efficientnet_b1', efficientNetLayer],
  ] as const)('%s has the logits of %s', (name, timms, layerOf) => {
    const timm = runTimm(timms, 72, 0);
    const model = createModel(name, { numClasses: 1000 });
    for (const weight of model.weights) {
      const separator = weight.originalName.lastIndexOf('/');
      const kind = KINDS[weight.originalName.slice(separator + 1)];
      const theirs = `${layerOf(weight.originalName.slice(0, separator))}.${kind}`;
      tf.tidy(() => {
        const values = tf.tensor(timm.weights.values(theirs), timm.weights.shape(theirs));
        const moved =
          values.rank === 4 ? tf.transpose(values, [2, 3, 1, 0]) : values.rank === 2 ? tf.transpose(values) : values;
        weight.write(tf.reshape(moved, weight.shape as number[]));
      });
    }
    const images = tf.tensor(timm.results.values('images'), timm.results.shape('images'));
    const logits = tf.tidy(() => (model.predict(images) as tf.Tensor).dataSync<'float32'>());
    expect(relativeError(logits, timm.results.values('logits'))).toBeLessThan(1e-4);
    images.dispose();
    model.dispose();
  });
});
