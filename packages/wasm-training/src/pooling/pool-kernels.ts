import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { addressOf, makeOutput } from '../backend/backend-memory.js';
import { inFloats } from '../backend/in-floats.js';
import { type KernelCall, replaceKernel } from '../backend/replace-kernel.js';
import { runKernel } from '../backend/run-kernel.js';
import { type PoolAttributes, type PoolGeometry, poolGeometry } from './pool-geometry.js';

/**
 * Registers average and maximum pooling of images and volumes, and their gradients.
 *
 * tfjs's lose NaN, take 1e-38 for the least number there is (maximum of volumes), divide an average's gradient at the border by the
 * window's full size, and shift the windows of volumes where a stride is larger than the window.
 */
export function registerPoolKernels(): void {
  for (const suffix of ['', '3D']) {
    replaceKernel(`AvgPool${suffix}`, (call) => pool(call, 'averagePool'));
    replaceKernel(`MaxPool${suffix}`, (call) => pool(call, 'maximumPool'));
    replaceKernel(`AvgPool${suffix}Grad`, (call) => poolGradient(call, 'averagePoolGradient', false));
    replaceKernel(`MaxPool${suffix}Grad`, (call) => poolGradient(call, 'maximumPoolGradient', true));
  }
}

/** Numbers of a window that one thread looks at in a nanosecond, going forward and back. */
const READ_PER_NANOSECOND = 3;
const WRITTEN_PER_NANOSECOND = 0.7;

function pool({ inputs, attrs, backend }: KernelCall, name: string): TensorInfo {
  return inFloats(backend, inputs['x']!, (x) => {
    const geometry = poolGeometry(x.shape, attrs as unknown as PoolAttributes);
    const y = makeOutput(backend, geometry.outShape);
    const [depth, height] = geometry.output;
    const work = { units: geometry.batch * depth * height, nanoseconds: numbersOf(geometry) / READ_PER_NANOSECOND };
    runKernel(backend, name, work, [addressOf(backend, x), addressOf(backend, y), ...sizesOf(geometry)]);
    return y;
  });
}

function poolGradient({ inputs, attrs, backend }: KernelCall, name: string, takesInput: boolean): TensorInfo {
  const { dy } = inputs as { dy: TensorInfo };
  return inFloats(backend, inputs['input']!, (input) => {
    const geometry = matched(dy, poolGeometry(input.shape, attrs as unknown as PoolAttributes));
    const dx = makeOutput(backend, input.shape);
    const work = { units: geometry.batch, nanoseconds: numbersOf(geometry) / WRITTEN_PER_NANOSECOND };
    const tensors = takesInput ? [input, dy, dx] : [dy, dx];
    runKernel(backend, name, work, [...tensors.map((tensor) => addressOf(backend, tensor)), ...sizesOf(geometry)]);
    return dx;
  });
}

/** The geometry with the output's size taken from `dy`: tfjs does not tell the gradient how the pooling rounded its output's size. */
function matched(dy: TensorInfo, geometry: PoolGeometry): PoolGeometry {
  const { outShape } = geometry;
  const last = outShape.length - 1;
  const fits = (size: number, axis: number) => {
    const more = dy.shape[axis]! - size;
    return more === 0 || (more === 1 && axis > 0 && axis < last);
  };
  if (dy.shape.length !== outShape.length || !outShape.every(fits)) {
    throw new RangeError(`pooling: \`dy\` must have the output's shape [${outShape}], got [${dy.shape}].`);
  }
  const [width, height, depth = 1] = dy.shape.slice(1, -1).reverse() as [number, number, number?];
  return { ...geometry, output: [depth, height, width] };
}

/** Numbers in all windows. */
function numbersOf({ batch, output, window, channels }: PoolGeometry): number {
  return batch * channels * util.sizeFromShape([...output]) * util.sizeFromShape([...window]);
}

function sizesOf({ input, output, window, strides, padding, channels }: PoolGeometry): number[] {
  return [...input, ...output, ...window, ...strides, ...padding, channels];
}
