import { expect, it } from 'vitest';
import { unitAxes } from './unit-axes.js';

it.each([
  // What squeezes to a scalar or vector is one unit.
  { shape: [], axes: [] },
  { shape: [5], axes: [0] },
  { shape: [1, 1, 1, 4], axes: [0, 1, 2, 3] },
  { shape: [1, 1, 4, 1], axes: [0, 1, 2, 3] },
  { shape: [7, 1], axes: [0, 1] },
  { shape: [3, 1, 1], axes: [0, 1, 2] },
  // One unit per output: columns of [in, out], output channels of [height, width, in, out].
  { shape: [3, 2], axes: [0] },
  { shape: [3, 3, 8, 16], axes: [0, 1, 2] },
  { shape: [3, 3, 1, 1], axes: [0, 1, 2] },
])('reduces $axes of $shape, as DeepMind does', ({ shape, axes }) => {
  expect(unitAxes(shape)).toEqual(axes);
});

it.each([
  { what: 'Conv1D', shape: [3, 4, 8], weight: 'kernel', axes: [0, 1] },
  { what: 'Conv3D', shape: [3, 3, 3, 4, 8], weight: 'kernel', axes: [0, 1, 2, 3] },
  { what: 'DepthwiseConv2D', shape: [3, 3, 4, 2], weight: 'depthwise_kernel', axes: [0, 1] },
  { what: 'SeparableConv2D', shape: [1, 1, 8, 4], weight: 'pointwise_kernel', axes: [0, 1, 2] },
])('knows the layout of $what by the name of its weight', ({ shape, weight, axes }) => {
  expect(unitAxes(shape, weight)).toEqual(axes);
});

it.each([[[2, 3, 4]], [[2, 2, 2, 3, 4]], [[2, 2, 2, 2, 2, 2]]])(
  'does not guess for %j without a known name',
  (shape) => {
    expect(unitAxes(shape)).toBeUndefined();
    expect(unitAxes(shape, 'alpha')).toBeUndefined();
  },
);
