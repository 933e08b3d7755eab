import { GAMMA, gammaActivation, HalvingAveragePool } from '@nfnets/nf-blocks';
import * as tf from '@tensorflow/tfjs';
import { CentredMaxPool, GammaConv2D, ScaledSum } from './timm-layers.js';

const WIDTHS = [256, 512, 1024, 2048];
const DEPTH = 2;
const ALPHA = 0.2;

/**
 * timm's `nf_resnet26` for images of `side` x `side` pixels, 10 classes, with the names of its parameters.
 *
 * Its conventions, where they are not ours: gamma in the convolutions, of the stem too; no gain of the skip; symmetric
 * padding, which at stride 2 is another grid than `'same'`.
 */
export function nfResnet26(side = 224): tf.LayersModel {
  const then = (layer: tf.layers.Layer, ...inputs: tf.SymbolicTensor[]) =>
    layer.apply(inputs.length === 1 ? inputs[0]! : inputs) as tf.SymbolicTensor;
  const relu = (name: string, x: tf.SymbolicTensor, scale = 1) =>
    then(gammaActivation({ name, activation: 'relu', scale: scale / GAMMA.relu }), x);
  const conv = (name: string, x: tf.SymbolicTensor, filters: number, kernelSize = 1, strides: 1 | 2 = 1) => {
    if (strides === 1) return then(new GammaConv2D({ name, filters, kernelSize }), x);
    // Of sizes that are even, as much as the windows reach.
    const before = (kernelSize - 1) / 2;
    const padding: [[number, number], [number, number]] = [
      [before, before - 1],
      [before, before - 1],
    ];
    const padded = then(tf.layers.zeroPadding2d({ name: `${name}.pad`, padding }), x);
    return then(new GammaConv2D({ name, filters, kernelSize, strides, padding: 'valid' }), padded);
  };

  const images = tf.input({ shape: [side, side, 3] });
  let x = then(new CentredMaxPool({ name: 'stem.pool' }), conv('stem.conv', images, 64, 7, 2));
  let variance = 1;
  for (const [stage, width] of WIDTHS.entries()) {
    for (let block = 0; block < DEPTH; block++) {
      const name = `stages.${stage}.${block}`;
      const stride = block === 0 && stage > 0 ? 2 : 1;
      const start = relu(`${name}.act1`, x, 1 / Math.sqrt(variance));
      let shortcut = x;
      if (block === 0) {
        const pooled = stride === 1 ? start : then(new HalvingAveragePool({ name: `${name}.downsample.pool` }), start);
        shortcut = conv(`${name}.downsample.conv`, pooled, width);
      }
      let branch = conv(`${name}.conv1`, start, width / 4);
      branch = conv(`${name}.conv2`, relu(`${name}.act2`, branch), width / 4, 3, stride);
      branch = conv(`${name}.conv3`, relu(`${name}.act3`, branch), width);
      x = then(new ScaledSum({ name: `${name}.sum`, alpha: ALPHA }), branch, shortcut);
      variance = (block === 0 ? 1 : variance) + ALPHA ** 2;
    }
  }
  x = then(tf.layers.globalAveragePooling2d({ name: 'head.global_pool' }), relu('final_act', x));
  return tf.model({ inputs: images, outputs: then(tf.layers.dense({ name: 'head.fc', units: 10 }), x) });
}
