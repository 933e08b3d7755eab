import { type NumericDataType, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { addressOf, makeOutput, withNumbers } from '../backend/backend-memory.js';
import { type KernelCall, replaceKernel } from '../backend/replace-kernel.js';
import { runKernel } from '../backend/run-kernel.js';
import { fill, isPlain, patternOf } from './fill.js';

/** Registers `PadV2`. */
export function registerPadKernel(): void {
  replaceKernel('PadV2', pad);
}

function pad({ inputs, attrs, backend }: KernelCall): TensorInfo | undefined {
  const { x } = inputs as { x: TensorInfo };
  const { paddings, constantValue } = attrs as {
    paddings: readonly (readonly [number, number])[];
    constantValue: number;
  };
  if (!isPlain(x.dtype) || paddings.some(([before, after]) => before < 0 || after < 0)) return undefined;
  const shape = paddings.map(([before, after], axis) => before + x.shape[axis]! + after);
  const out = makeOutput(backend, shape, x.dtype);
  if (util.sizeFromShape(x.shape) === 0) {
    fill(backend, out, constantValue);
    return out;
  }
  const axes = mergePadding(x.shape, paddings);
  const { size, before, inner } = axes.pop()!;
  const bytes = util.bytesPerElement(x.dtype as NumericDataType);
  const units = axes.reduce((rows, { size }) => rows * size, 1);
  const table = [
    ...axes.map(({ size, before, inner }) => [size, before, inner]),
    [size, before, inner].map((each) => each * bytes),
  ];
  const nanoseconds = units * (4 + (size * bytes) / BYTES_PER_NANOSECOND);
  withNumbers(backend, table.flat(), (axesAddress) => {
    runKernel(backend, 'pad', { units, nanoseconds }, [
      addressOf(backend, x),
      addressOf(backend, out),
      axesAddress,
      table.length,
      patternOf(constantValue, x.dtype),
    ]);
  });
  return out;
}

const BYTES_PER_NANOSECOND = 8;

/** An axis of a padded tensor: its size, where the input begins in it, and the input's size. */
export interface PaddedAxis {
  readonly size: number;
  readonly before: number;
  readonly inner: number;
}

/** The axes of a tensor of shape `shape` padded by `paddings`, of which those without padding join the one before them. */
export function mergePadding(shape: readonly number[], paddings: readonly (readonly [number, number])[]): PaddedAxis[] {
  const axes: PaddedAxis[] = [{ size: 1, before: 0, inner: 1 }];
  for (const [axis, [before, after]] of paddings.entries()) {
    const inner = shape[axis]!;
    const last = axes.at(-1)!;
    if (before === 0 && after === 0) {
      axes[axes.length - 1] = { size: last.size * inner, before: last.before * inner, inner: last.inner * inner };
    } else {
      if (last.size === 1) axes.pop();
      axes.push({ size: before + inner + after, before, inner });
    }
  }
  return axes;
}
