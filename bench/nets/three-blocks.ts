import { GAMMA, gammaActivation, HalvingAveragePool, skipGain } from '@nfnets/nf-blocks';
import { scaledWSConv2d } from '@nfnets/ws-conv';
import * as tf from '@tensorflow/tfjs';

/** Output channels and stride of each block. */
const BLOCKS = [
  [32, 1],
  [64, 2],
  [128, 2],
] as const;

/** A small net of many cheap ops: three bottleneck blocks without squeeze-excite, for 28 x 28 grey images, silu. */
export function threeBlocks(): tf.LayersModel {
  const then = (layer: tf.layers.Layer, ...inputs: tf.SymbolicTensor[]) =>
    layer.apply(inputs.length === 1 ? inputs[0]! : inputs) as tf.SymbolicTensor;
  // The convolutions bring the activations' gamma: a factor of a kernel is cheaper than one of an image.
  const conv = (name: string, x: tf.SymbolicTensor, filters: number, kernelSize = 1, strides = 1) =>
    then(scaledWSConv2d({ name, filters, kernelSize, strides, gamma: name === 'stem' ? 1 : GAMMA.silu }), x);
  const act = (name: string, x: tf.SymbolicTensor, gamma = 1) =>
    then(gammaActivation({ name, activation: 'silu', gamma }), x);

  const images = tf.input({ shape: [28, 28, 1] });
  let x = conv('stem', images, 32, 3, 2);
  for (const [i, [channels, stride]] of BLOCKS.entries()) {
    const name = `block${i}`;
    const middle = channels / 2;
    const start = act(`${name}/act`, x);
    const pooled = stride === 1 ? start : then(new HalvingAveragePool({ name: `${name}/pool` }), start);
    let branch = conv(`${name}/conv0`, start, middle);
    branch = conv(`${name}/conv1`, act(`${name}/act0`, branch), middle, 3, stride);
    branch = conv(`${name}/conv1b`, act(`${name}/act1`, branch), middle, 3);
    branch = conv(`${name}/conv2`, act(`${name}/act1b`, branch), channels);
    const shortcut = conv(`${name}/conv_shortcut`, pooled, channels);
    x = then(skipGain({ name: `${name}/skip_gain` }), branch, shortcut);
  }
  x = then(tf.layers.globalAveragePooling2d({ name: 'pool' }), act('final_act', x, GAMMA.silu));
  return tf.model({ inputs: images, outputs: then(tf.layers.dense({ name: 'linear', units: 10 }), x) });
}
