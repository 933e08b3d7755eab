import type { TensorInfo } from '@tensorflow/tfjs-core';
import { callKernel, type KernelCall, replaceKernel } from './replace-kernel.js';

/** Kernels of the activations that `tf.fused.conv2d` may ask for; it is left to tfjs where there is none. */
const ACTIVATIONS: Readonly<Record<string, string | undefined>> = {
  relu: 'Relu',
  relu6: 'Relu6',
  elu: 'Elu',
  sigmoid: 'Sigmoid',
};

/** Registers `FusedConv2D`, which `tf.layers.conv2d` calls, as our convolution with the bias and the activation behind it. */
export function registerFusedConvolutionKernel(): void {
  replaceKernel('FusedConv2D', ({ inputs, attrs, backend }: KernelCall) => {
    const { x, filter, bias, preluActivationWeights } = inputs;
    const activation = (attrs['activation'] as string | undefined) ?? 'linear';
    const isKnown = activation === 'linear' || ACTIVATIONS[activation] !== undefined;
    if (preluActivationWeights || !isKnown || attrs['dataFormat'] === 'NCHW') return undefined;
    const behind = (before: TensorInfo, kernel: string, inputs: Record<string, TensorInfo>) => {
      const after = callKernel(kernel, backend, inputs);
      backend.disposeData(before.dataId);
      return after;
    };
    let y = callKernel('Conv2D', backend, { x: x!, filter: filter! }, attrs);
    if (bias) y = behind(y, 'Add', { a: y, b: bias });
    const kernel = ACTIVATIONS[activation];
    return kernel === undefined ? y : behind(y, kernel, { x: y });
  });
}
