import {
  type ActivationName,
  EfficientChannelAttention,
  GAMMA,
  GammaActivation,
  gammaActivation,
  HalvingAveragePool,
  HalvingMaxPool,
  SeededDropout,
  SqueezeExcite,
  StochasticDepth,
} from '@nfnets/nf-blocks';
import { foldScaledWSConv, ScaledWSConv2D } from '@nfnets/ws-conv';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { GroupedConv2D } from './grouped-conv-2d.js';

/** What stands for a tensor of the old network in the new one: `scale * tensor`. */
export interface Folded {
  readonly tensor: tfl.SymbolicTensor;
  readonly scale: number;
}

/** What happens to a layer's output behind it: batch normalization, then a factor. */
interface Affine {
  readonly factor: number;
  readonly norm?: tfl.layers.Layer;
}

export interface Absorbed {
  /** By the layer that takes it in. */
  readonly affines: Map<tfl.layers.Layer, Affine>;
  /** The layers that were taken in: sums without their factors, and normalizations. */
  readonly gone: Set<tfl.layers.Layer>;
}

/** Called once the new model is whole. */
export type WeightSetter = () => void;

/** Activations that tfjs has as one op, by its names. Its gelu and swish take more ops than ours. */
const STANDARD_ACTIVATIONS: Partial<Record<ActivationName, StandardActivation>> = {
  celu: 'elu',
  elu: 'elu',
  relu: 'relu',
  relu6: 'relu6',
  selu: 'selu',
  sigmoid: 'sigmoid',
  softplus: 'softplus',
  tanh: 'tanh',
};
type StandardActivation = 'elu' | 'relu' | 'relu6' | 'selu' | 'sigmoid' | 'softplus' | 'tanh';

/** tfjs's layers for which f(s x) = s f(x) where s > 0. */
const HOMOGENEOUS = ['AveragePooling2D', 'GlobalAveragePooling2D', 'MaxPooling2D', 'ZeroPadding2D'];

/** Whether a layer can take in a factor of its output, and a normalization where `isSum` is false. */
export function absorbs(layer: tfl.layers.Layer, isSum: boolean): boolean {
  if (layer instanceof ScaledWSConv2D) return true;
  if (isAttention(layer)) return isSum;
  const { activation, dataFormat } = layer.getConfig();
  const isConv = ['Conv2D', 'DepthwiseConv2D'].includes(layer.getClassName());
  return isConv && activation === 'linear' && dataFormat === 'channelsLast';
}

/** Makes the new tensor of an old one from those of its inputs, without weights yet: `setters` get what sets them. */
export function foldLayer(
  { sourceLayer: layer, inputs: oldInputs, shape, dtype }: tfl.SymbolicTensor,
  inputs: readonly Folded[],
  { affines, gone }: Absorbed,
  setters: WeightSetter[],
): Folded {
  const { name } = layer;
  const config = layer.getConfig();
  const affine = affines.get(layer) ?? { factor: 1 };
  const [x] = inputs;
  if (x === undefined) return { tensor: tfl.input({ shape: shape.slice(1), dtype, name }), scale: 1 };

  const then = (next: tfl.layers.Layer, input: tfl.SymbolicTensor | tfl.SymbolicTensor[], scale = 1): Folded => ({
    tensor: next.apply(input) as tfl.SymbolicTensor,
    scale,
  });
  const withWeights = (next: tfl.layers.Layer, weights: () => tf.Tensor[]) => {
    setters.push(() => tf.tidy(() => next.setWeights(weights())));
    return next;
  };
  const plainInputs = () => inputs.map((each, i) => unscaled(each, `${oldInputs[i]!.sourceLayer.name}/for/${name}`));

  if (layer instanceof SeededDropout || layer instanceof StochasticDepth) return x;
  if (layer instanceof GammaActivation) {
    const { activation, scale, gamma } = config as { activation: ActivationName; scale: number; gamma?: number };
    const factor = scale * (gamma ?? GAMMA[activation]);
    if (activation === 'identity') return { tensor: x.tensor, scale: x.scale * factor };
    const standard = STANDARD_ACTIVATIONS[activation];
    const next = standard
      ? tfl.layers.activation({ name, activation: standard })
      : gammaActivation({ name, activation, gamma: 1 });
    return then(next, plainInputs(), factor);
  }
  if (layer instanceof ScaledWSConv2D) {
    const { next, input } = plainConv(layer, x.tensor);
    const weights = () => {
      const { kernel, bias } = foldScaledWSConv(layer);
      return applyAffine(kernel, bias, x.scale, affine);
    };
    return then(withWeights(next, weights), input);
  }
  if (layer instanceof HalvingAveragePool) {
    return then(tfl.layers.averagePooling2d({ name, poolSize: 2, strides: 2, padding: 'same' }), x.tensor, x.scale);
  }
  if (layer instanceof HalvingMaxPool && config['padding'] === 'same' && x.scale > 0) {
    return then(tfl.layers.maxPooling2d({ name, poolSize: 3, strides: 2, padding: 'same' }), x.tensor, x.scale);
  }
  if (gone.has(layer)) {
    // Its statistics are in the convolution before it; that of a sum is in the end of its branch.
    return layer.getClassName() === 'BatchNormalization' ? x : then(tfl.layers.add({ name }), plainInputs());
  }
  if (isAttention(layer)) {
    const gain = (config['gain'] as number) * affine.factor;
    return then(
      withWeights(copyOf(layer, { gain }), () => layer.getWeights().map(copyTensor)),
      plainInputs(),
    );
  }
  const className = layer.getClassName();
  if (className === 'Dense') {
    const weights = () => layer.getWeights().map((weight, i) => tf.mul(weight, i === 0 ? x.scale : 1));
    return then(withWeights(copyOf(layer, ZEROS), weights), x.tensor);
  }
  if ((className === 'Conv2D' || className === 'DepthwiseConv2D') && (affines.has(layer) || x.scale !== 1)) {
    const weights = () => {
      const [kernel, bias] = layer.getWeights() as [tf.Tensor4D, tf.Tensor1D?];
      return applyAffine(kernel, bias, x.scale, affine, className === 'DepthwiseConv2D');
    };
    return then(withWeights(copyOf(layer, { ...ZEROS, useBias: true }), weights), x.tensor);
  }
  const copy = withWeights(copyOf(layer), () => layer.getWeights().map(copyTensor));
  if (HOMOGENEOUS.includes(className) && x.scale > 0) return then(copy, x.tensor, x.scale);
  return then(copy, plainInputs());
}

/** The tensor itself, multiplied out. */
export function unscaled({ tensor, scale }: Folded, name: string): tfl.SymbolicTensor {
  if (scale === 1) return tensor;
  return gammaActivation({ name, activation: 'identity', scale }).apply(tensor) as tfl.SymbolicTensor;
}

/** Weights that are set afterwards need no random initial values, which take longer than all the rest. */
const ZEROS = { kernelInitializer: 'zeros', depthwiseInitializer: 'zeros' };

function plainConv(layer: ScaledWSConv2D, x: tfl.SymbolicTensor) {
  const { name } = layer;
  const { filters, kernelSize, strides, padding, groups } = layer.settings;
  if (groups > 1) return { next: new GroupedConv2D({ name, filters, kernelSize, strides, padding, groups }), input: x };
  // At stride 1, or of one pixel, symmetric padding is 'same'.
  const shifted = padding === 'symmetric' && strides > 1 && kernelSize > 1;
  const pad = tfl.layers.zeroPadding2d({ name: `${name}/pad`, padding: (kernelSize - 1) / 2 });
  const next = tfl.layers.conv2d({
    name,
    filters,
    kernelSize,
    strides,
    padding: shifted || padding === 'valid' ? 'valid' : 'same',
    kernelInitializer: 'zeros',
  });
  return { next, input: shifted ? (pad.apply(x) as tfl.SymbolicTensor) : x };
}

/**
 * Kernel and bias of the convolution of `scale * x`, then normalized, then multiplied. Call it in a tidy.
 *
 * @param kernel `[height, width, inChannels / groups, filters]`, or `[height, width, inChannels, multiplier]` of a depthwise one.
 */
function applyAffine(
  kernel: tf.Tensor4D,
  bias: tf.Tensor1D | undefined,
  scale: number,
  { factor, norm }: Affine,
  depthwise = false,
): tf.Tensor[] {
  const [, , inChannels, last] = kernel.shape;
  const channels = depthwise ? inChannels * last : last;
  const none = { slope: tf.ones([channels]), offset: tf.zeros([channels]) };
  const { slope, offset } = norm ? normalization(norm) : none;
  const perChannel = tf.reshape(tf.mul(slope, scale * factor), depthwise ? [inChannels, last] : [last]);
  const shift = bias === undefined ? offset : tf.add(tf.mul(bias, slope), offset);
  return [tf.mul(kernel, perChannel), tf.mul(shift, factor)];
}

/** Of `slope * x + offset`, what a batch normalization computes outside of training. */
function normalization(layer: tfl.layers.Layer): { slope: tf.Tensor; offset: tf.Tensor } {
  const weightOf = (name: string) =>
    layer.weights.find(({ originalName }) => originalName.endsWith(`/${name}`))?.read();
  const epsilon = layer.getConfig()['epsilon'] as number;
  const deviation = tf.sqrt(tf.add(weightOf('moving_variance')!, epsilon));
  const gamma = weightOf('gamma');
  const beta = weightOf('beta');
  const slope = tf.div(gamma ?? tf.onesLike(deviation), deviation);
  const shift = tf.mul(weightOf('moving_mean')!, slope);
  return { slope, offset: tf.sub(beta ?? tf.zerosLike(shift), shift) };
}

function isAttention(layer: tfl.layers.Layer): boolean {
  return layer instanceof SqueezeExcite || layer instanceof EfficientChannelAttention;
}

function copyOf(layer: tfl.layers.Layer, changes: object = {}): tfl.layers.Layer {
  const type = layer.constructor as unknown as { fromConfig(of: unknown, config: object): tfl.layers.Layer };
  return type.fromConfig(type, { ...layer.getConfig(), ...changes });
}

/** Not a clone, which shares memory: a compiled training step updates weights in place. */
const copyTensor = (tensor: tf.Tensor) => tf.mul(tensor, 1);
