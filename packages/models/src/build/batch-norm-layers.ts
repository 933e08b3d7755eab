import { deriveSeed } from '@nfnets/nf-blocks';
import * as tfl from '@tensorflow/tfjs-layers';
import { batchNorm } from './batch-norm.js';

interface ConvArgs {
  readonly filters: number;
  readonly kernelSize: number;
  readonly strides?: number;
  readonly padding?: 'same' | 'valid';
  readonly useBias?: boolean;
  readonly activation?: 'swish' | 'sigmoid';
}

/** tfjs's own layers as networks with batch normalization put them together, under names and seeds. */
export function batchNormLayers(seed: number | undefined, epsilon: number, momentum: number) {
  const seedOf = (layer: string) => (seed === undefined ? {} : { seed: deriveSeed(seed, layer) });
  const then = (layer: tfl.layers.Layer, input: tfl.SymbolicTensor | tfl.SymbolicTensor[]) =>
    layer.apply(input) as tfl.SymbolicTensor;
  const initializer = (name: string) =>
    tfl.initializers.varianceScaling({ scale: 2, mode: 'fanOut', distribution: 'normal', ...seedOf(name) });
  return {
    then,
    conv: (name: string, x: tfl.SymbolicTensor, args: ConvArgs) =>
      then(
        tfl.layers.conv2d({ name, padding: 'same', useBias: false, kernelInitializer: initializer(name), ...args }),
        x,
      ),
    depthwise: (name: string, x: tfl.SymbolicTensor, kernelSize: number, strides: number) =>
      then(
        tfl.layers.depthwiseConv2d({
          name,
          kernelSize,
          strides,
          padding: 'same',
          useBias: false,
          depthwiseInitializer: initializer(name),
        }),
        x,
      ),
    norm: (name: string, x: tfl.SymbolicTensor) => then(batchNorm({ name, epsilon, momentum }), x),
    act: (name: string, activation: 'relu' | 'swish', x: tfl.SymbolicTensor) =>
      then(tfl.layers.activation({ name, activation }), x),
    classifier: (name: string, x: tfl.SymbolicTensor, units: number) => {
      const kernelInitializer = tfl.initializers.randomNormal({ mean: 0, stddev: 0.01, ...seedOf(name) });
      return then(tfl.layers.dense({ name, units, kernelInitializer }), x);
    },
  };
}
