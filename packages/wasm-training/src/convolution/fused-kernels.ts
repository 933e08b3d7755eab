import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { addressOf } from '../backend/backend-memory.js';
import { callKernel, type KernelCall, replaceKernel } from '../backend/replace-kernel.js';
import { runKernel } from '../backend/run-kernel.js';
import { convolveDepthwise } from './depthwise-kernels.js';

/** Least and largest number that these activations let through; cutting joins the pass that adds the bias. */
const BOUNDS: Readonly<Record<string, readonly [low: number, high: number]>> = {
  linear: [-Infinity, Infinity],
  relu: [0, Infinity],
  relu6: [0, 6],
};

/** Kernels of the other activations. */
const ACTIVATIONS: Readonly<Record<string, string>> = {
  elu: 'Elu',
  sigmoid: 'Sigmoid',
  leakyrelu: 'LeakyRelu',
  prelu: 'Prelu',
};

/**
 * Registers `FusedConv2D`, `FusedDepthwiseConv2D` and `_FusedMatMul`, which `tf.fused`, `tf.layers.conv2d` and `tf.layers.dense` call, as
 * our convolutions and matrix product with the bias and the activation behind them. tfjs's make numbers of NaN.
 */
export function registerFusedKernels(): void {
  replaceKernel('FusedConv2D', (call) => {
    const { x, filter } = call.inputs as { x: TensorInfo; filter: TensorInfo };
    return finish(call, () => callKernel('Conv2D', call.backend, { x, filter }, call.attrs));
  });
  replaceKernel('_FusedMatMul', (call) => {
    const { a, b } = call.inputs as { a: TensorInfo; b: TensorInfo };
    return finish(call, () => callKernel('BatchMatMul', call.backend, { a, b }, call.attrs));
  });
  replaceKernel('FusedDepthwiseConv2D', (call) => {
    const { x, filter, bias } = call.inputs as { x: TensorInfo; filter: TensorInfo; bias?: TensorInfo };
    const bounds = BOUNDS[call.attrs['activation'] as string];
    const isSimple = bias == null || isRow(bias, filter.shape[2]! * filter.shape[3]!);
    if (bounds !== undefined && isSimple) return convolveDepthwise(call, x, filter, bias ?? undefined, bounds);
    return finish(call, () => convolveDepthwise(call, x, filter));
  });
}

/** What `multiply` makes, with the bias added and the activation applied; `undefined` where tfjs must do that. */
function finish({ inputs, attrs, backend }: KernelCall, multiply: () => TensorInfo): TensorInfo | undefined {
  const { bias, preluActivationWeights: alpha } = inputs;
  const activation = (attrs['activation'] as string | undefined) ?? 'linear';
  const bounds = BOUNDS[activation];
  const kernel = ACTIVATIONS[activation];
  // A bias or weights over the channels of [batch, channels, height, width] would need other axes.
  if ((bounds ?? kernel) === undefined || attrs['dataFormat'] === 'NCHW') return undefined;
  let y = multiply();
  const andThen = (name: string, inputs: Record<string, TensorInfo>, attrs: Record<string, unknown> = {}) => {
    const before = y;
    y = callKernel(name, backend, inputs, attrs);
    backend.disposeData(before.dataId);
  };
  if (bias && isRow(bias, y.shape.at(-1)!)) {
    addBiasAndClip(backend, y, bias, bounds);
  } else {
    if (bias) andThen('Add', { a: y, b: bias });
    if (activation !== 'linear' && bounds)
      andThen('ClipByValue', { x: y }, { clipValueMin: bounds[0], clipValueMax: bounds[1] });
  }
  if (kernel === 'Prelu') andThen(kernel, { x: y, alpha: alpha! });
  else if (kernel !== undefined) andThen(kernel, { x: y }, { alpha: attrs['leakyreluAlpha'] });
  return y;
}

function isRow(bias: TensorInfo, channels: number): boolean {
  return (
    bias.dtype === 'float32' &&
    bias.shape.length > 0 &&
    util.sizeFromShape(bias.shape) === channels &&
    bias.shape.at(-1) === channels
  );
}

/** Numbers that one thread adds to in a nanosecond. */
const ADDED_PER_NANOSECOND = 4;

function addBiasAndClip(backend: BackendWasm, y: TensorInfo, bias: TensorInfo, [low, high] = BOUNDS['linear']!): void {
  const width = bias.shape.at(-1)!;
  const count = util.sizeFromShape(y.shape);
  if (count === 0) return;
  const addresses = [addressOf(backend, y), addressOf(backend, bias)];
  const work = { units: count / width, nanoseconds: count / ADDED_PER_NANOSECOND };
  runKernel(backend, 'addBiasAndClip', work, [...addresses, width, low, high]);
}
