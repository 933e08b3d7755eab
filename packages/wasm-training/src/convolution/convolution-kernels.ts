import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type KernelCall, replaceKernel } from '../backend/replace-kernel.js';
import { inChannelsLast } from './channels-last.js';
import {
  type ConvolutionGeometry,
  convolutionGeometry,
  type GroupedConvolutionAttributes,
  outputShape,
} from './convolution-geometry.js';
import { convolve, convolveFilterGradient, convolveInputGradient } from './convolve.js';

interface ConvolutionAttributes extends GroupedConvolutionAttributes {
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly filterShape?: readonly number[];
  readonly inputShape?: readonly number[];
}

/**
 * Registers tfjs's own convolution, its gradients, and the grouped convolution with its gradients:
 *
 * - `GroupedConv2D` {x, filter}, `GroupedConv2DBackpropFilter` {x, dy} with `filterShape`,
 *   `GroupedConv2DBackpropInput` {dy, filter} with `inputShape`; all with `strides`, `pad`, `dilations`, `groups`. The
 *   filter is [height, width, inChannels / groups, outChannels]; groups are contiguous.
 */
export function registerConvolutionKernels(): void {
  for (const prefix of ['Conv2D', 'GroupedConv2D']) {
    replaceKernel(`${prefix}BackpropFilter`, filterGradient(`${prefix}BackpropFilter`));
    replaceKernel(`${prefix}BackpropInput`, inputGradient(`${prefix}BackpropInput`));
  }
  replaceKernel('Conv2D', forward('Conv2D'));
  replaceKernel('GroupedConv2D', forward('GroupedConv2D'));
}

function forward(kernelName: string) {
  return ({ inputs, attrs, backend }: KernelCall) => {
    const { x, filter } = inputs as { x: TensorInfo; filter: TensorInfo };
    const attributes = attributesOf(attrs);
    const compute = (image: TensorInfo) =>
      convolve(backend, image, filter, convolutionGeometry(kernelName, image.shape, filter.shape, attributes));
    if (attributes.dataFormat !== 'NCHW') return compute(x);
    return inChannelsLast(backend, [x], true, ([image]) => compute(image!));
  };
}

function filterGradient(kernelName: string) {
  return ({ inputs, attrs, backend }: KernelCall) => {
    const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
    const attributes = attributesOf(attrs);
    const compute = (image: TensorInfo, gradient: TensorInfo) => {
      const geometry = convolutionGeometry(kernelName, image.shape, attributes.filterShape!, attributes);
      return convolveFilterGradient(backend, image, gradient, matched(kernelName, gradient, geometry));
    };
    if (attributes.dataFormat !== 'NCHW') return compute(x, dy);
    return inChannelsLast(backend, [x, dy], false, ([image, gradient]) => compute(image!, gradient!));
  };
}

function inputGradient(kernelName: string) {
  return ({ inputs, attrs, backend }: KernelCall) => {
    const { dy, filter } = inputs as { dy: TensorInfo; filter: TensorInfo };
    const attributes = attributesOf(attrs);
    const compute = (gradient: TensorInfo, inputShape: readonly number[]) => {
      const geometry = convolutionGeometry(kernelName, inputShape, filter.shape, attributes);
      return convolveInputGradient(backend, gradient, filter, matched(kernelName, gradient, geometry));
    };
    const [batch, ...rest] = attributes.inputShape as [number, number, number, number];
    if (attributes.dataFormat !== 'NCHW') return compute(dy, [batch, ...rest]);
    const [channels, height, width] = rest;
    return inChannelsLast(backend, [dy], true, ([gradient]) => compute(gradient!, [batch, height, width, channels]));
  };
}

function attributesOf(attrs: Readonly<Record<string, unknown>>): ConvolutionAttributes {
  return attrs as unknown as ConvolutionAttributes;
}

/**
 * The geometry with the output's size taken from `dy`: tfjs does not tell the gradient how the forward convolution rounded
 * its output's size. A `dy` of another batch or other channels would be read beyond its end.
 */
function matched(kernelName: string, dy: TensorInfo, geometry: ConvolutionGeometry): ConvolutionGeometry {
  const expected = outputShape(geometry);
  const roundedUp = [0, 1, 1, 0];
  if (dy.shape.length !== 4 || !expected.every((size, axis) => [0, roundedUp[axis]].includes(dy.shape[axis]! - size))) {
    throw new RangeError(`${kernelName}: \`dy\` must have the output's shape [${expected}], got [${dy.shape}].`);
  }
  return { ...geometry, output: [dy.shape[1]!, dy.shape[2]!] };
}
