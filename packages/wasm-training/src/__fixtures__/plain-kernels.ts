/**
 * Convolutions and pooling written as their definitions, in plain loops over volumes [batch, depth, height, width, channels]: what the
 * kernels are held against where tfjs's own cpu backend is wrong.
 */
export interface Volume {
  readonly shape: readonly [batch: number, depth: number, height: number, width: number, channels: number];
  readonly values: ArrayLike<number>;
}

/** Where a window stands along one axis: as TensorFlow has it, of which `'same'` never crops. */
export interface Axis {
  readonly size: number;
  readonly window: number;
  readonly stride: number;
  readonly dilation?: number;
  readonly pad: 'same' | 'valid' | number;
  readonly round?: (size: number) => number;
}

/** Number of outputs along an axis, and the input that output 0 begins at. */
export function outputsOf({ size, window, stride, dilation = 1, pad, round = Math.floor }: Axis) {
  const reach = (window - 1) * dilation + 1;
  if (pad === 'same') {
    const count = Math.ceil(size / stride);
    return { count, start: -Math.floor(Math.max(0, (count - 1) * stride + reach - size) / 2) };
  }
  const padding = pad === 'valid' ? 0 : pad;
  return { count: round((size + 2 * padding - reach) / stride) + 1, start: -padding };
}

/** Inputs, of those that exist, that output `i` of an axis reads, each with its place in the window. */
function tapsOf(axis: Axis, i: number): { readonly place: number; readonly tap: number }[] {
  const { start } = outputsOf(axis);
  return Array.from({ length: axis.window }, (_, tap) => ({
    place: start + i * axis.stride + tap * (axis.dilation ?? 1),
    tap,
  })).filter(({ place }) => place >= 0 && place < axis.size);
}

type Axes = readonly [depth: Axis, height: Axis, width: Axis];

/** Calls `visit` for each output with the places in `x` of the inputs of its window, in order, and of their taps in the window. */
function visitWindows(
  { shape: [batch, depth, height, width, channels] }: Volume,
  axes: Axes,
  visit: (output: number, inputs: readonly number[], taps: readonly number[], channel: number) => void,
): number[] {
  const [depths, heights, widths] = axes.map((axis) => outputsOf(axis).count) as [number, number, number];
  let output = 0;
  for (let image = 0; image < batch; image++) {
    for (let d = 0; d < depths; d++) {
      for (let i = 0; i < heights; i++) {
        for (let j = 0; j < widths; j++) {
          const pixels = tapsOf(axes[0], d).flatMap((plane) =>
            tapsOf(axes[1], i).flatMap((row) =>
              tapsOf(axes[2], j).map((column) => ({
                pixel: ((image * depth + plane.place) * height + row.place) * width + column.place,
                tap: (plane.tap * axes[1].window + row.tap) * axes[2].window + column.tap,
              })),
            ),
          );
          for (let c = 0; c < channels; c++) {
            visit(
              output++,
              pixels.map(({ pixel }) => pixel * channels + c),
              pixels.map(({ tap }) => tap),
              c,
            );
          }
        }
      }
    }
  }
  return [batch, depths, heights, widths, channels];
}

/** Means or largest numbers of all windows, a NaN of a window being its result, and their gradient for `dy`, one number per output. */
export function pool(kind: 'average' | 'maximum', x: Volume, axes: Axes, dy?: ArrayLike<number>) {
  const values: number[] = [];
  const gradient = new Float64Array(x.values.length);
  const shape = visitWindows(x, axes, (output, inputs) => {
    const numbers = inputs.map((input) => x.values[input]!);
    const upstream = dy?.[output] ?? 0;
    if (kind === 'average') {
      values.push(numbers.reduce((a, b) => a + b, 0) / numbers.length);
      for (const input of inputs) gradient[input]! += upstream / numbers.length;
    } else {
      values.push(Math.max(...numbers));
      const hasNaN = numbers.some(Number.isNaN);
      const first = numbers.findIndex((number) => (hasNaN ? Number.isNaN(number) : number === Math.max(...numbers)));
      if (first >= 0) gradient[inputs[first]!]! += upstream;
    }
  });
  return { shape, values, gradient };
}

/** The depthwise convolution with a filter [taps, channels, multiplier]. */
export function convolveDepthwise(x: Volume, filter: ArrayLike<number>, multiplier: number, axes: Axes) {
  const channels = x.shape[4];
  const values: number[] = [];
  const shape = visitWindows(x, axes, (_, inputs, taps, channel) => {
    for (let m = 0; m < multiplier; m++) {
      values.push(
        inputs.reduce(
          (sum, input, i) => sum + x.values[input]! * filter[(taps[i]! * channels + channel) * multiplier + m]!,
          0,
        ),
      );
    }
  });
  return { shape: [...shape.slice(0, 4), channels * multiplier], values };
}

/** The convolution with a filter [taps, channels, outChannels]. */
export function convolve(x: Volume, filter: ArrayLike<number>, outChannels: number, axes: Axes) {
  const channels = x.shape[4];
  const counts = axes.map((axis) => outputsOf(axis).count);
  const values = new Float64Array(x.shape[0] * counts[0]! * counts[1]! * counts[2]! * outChannels);
  visitWindows(x, axes, (output, inputs, taps, channel) => {
    const pixel = (output - channel) / channels;
    for (const [i, input] of inputs.entries()) {
      for (let k = 0; k < outChannels; k++) {
        values[pixel * outChannels + k]! += x.values[input]! * filter[(taps[i]! * channels + channel) * outChannels + k]!;
      }
    }
  });
  return { shape: [x.shape[0], ...counts, outChannels], values };
}
