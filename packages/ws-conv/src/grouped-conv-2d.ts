import { checkOptions, integerFrom, type OptionRules, oneOf, rule, show } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';

/**
 * `'same'` pads as TensorFlow does: the odd pixel goes after. `'symmetric'` pads as PyTorch models do, `(kernelSize - 1) / 2`
 * pixels on every side, which at stride 2 puts the windows of an even image on another grid than `'same'`.
 */
export type Padding = (typeof PADDINGS)[number];
export const PADDINGS = ['same', 'valid', 'symmetric'] as const;

/** Options of {@link groupedConv2d}. */
export interface GroupedConv2dArgs {
  /** Step of the window, one number or `[height, width]`. Default 1. */
  readonly strides?: number | readonly [number, number];
  /** How the edges are padded. Default `'same'`. */
  readonly padding?: Padding;
  /** Number of channel groups; input and output channels must both divide by it. Default 1. */
  readonly groups?: number;
}

const RULES: OptionRules<GroupedConv2dArgs> = {
  strides: rule('a whole number from 1, or [height, width] of them', (value) =>
    (Array.isArray(value) && value.length === 2 ? value : [value]).every(
      (step) => Number.isSafeInteger(step) && step >= 1,
    ),
  ),
  padding: oneOf(PADDINGS),
  groups: integerFrom(1),
};

/** Attributes of the convolution kernels. */
interface Geometry {
  readonly strides: [number, number];
  readonly pad: 'same' | 'valid';
  readonly dilations: [number, number];
  readonly groups: number;
}

/**
 * Convolves each group of input channels with its own kernels.
 *
 * Output channel `j` of group `g` sees input channels `g * inChannels / groups` onwards; groups are contiguous.
 * tfjs has no grouped convolution: a backend that registers the kernels `GroupedConv2D`,
 * `GroupedConv2DBackpropFilter` and `GroupedConv2DBackpropInput` is used directly, any other one convolves group by
 * group. For the gradients only `x` and `kernel` are kept.
 *
 * @param x `[batch, height, width, inChannels]`
 * @param kernel `[kernelHeight, kernelWidth, inChannels / groups, outChannels]`
 * @returns `[batch, outHeight, outWidth, outChannels]`
 * @throws TypeError when `x` or `kernel` is no tensor of four axes; RangeError when the channels do not divide into groups, kernel and input
 * disagree, or an option is unknown.
 * @example
 * ```ts
 * import { groupedConv2d } from '@nfnets/ws-conv';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const images = tf.randomNormal<tf.Rank.R4>([2, 32, 32, 64]);
 * const kernel = tf.randomNormal<tf.Rank.R4>([3, 3, 64 / 4, 128]);
 * const features = groupedConv2d(images, kernel, { groups: 4, strides: 2 }); // [2, 16, 16, 128]
 * ```
 */
export function groupedConv2d(x: tf.Tensor4D, kernel: tf.Tensor4D, args: GroupedConv2dArgs = {}): tf.Tensor4D {
  for (const [name, tensor] of Object.entries({ x, kernel })) {
    if (tensor instanceof tf.Tensor && tensor.rank === 4) continue;
    const got = tensor instanceof tf.Tensor ? `one of shape [${(tensor as tf.Tensor).shape}]` : show(tensor);
    throw new TypeError(`groupedConv2d: \`${name}\` must be a tensor of four axes, got ${got}.`);
  }
  checkOptions<GroupedConv2dArgs>('groupedConv2d', args, RULES, { instead: INSTEAD });
  return convolve(x, kernel, args);
}

/** The same with options that were checked when a layer was made. */
export function convolve(x: tf.Tensor4D, kernel: tf.Tensor4D, args: GroupedConv2dArgs): tf.Tensor4D {
  if (args.padding === 'symmetric') return symmetricConv2d(x, kernel, args);
  const geometry = resolveGeometry({ ...args, padding: args.padding ?? 'same' });
  assertGroupsFit(x.shape[3], kernel, geometry.groups);
  const { strides, pad, groups } = geometry;
  if (groups === 1) return tf.conv2d(x, kernel, strides, pad);
  const backend = tf.getBackend();
  // Where `@nfnets/compiled-step` records a graph, which says so by this flag, one op gains nothing there, and XLA is slow with it.
  const isGraph = backend === 'tensorflow' && tf.env().getFlags()['IS_STEP_RECORDED'] === true;
  const hasKernels = tf.getKernel('GroupedConv2D', backend) !== undefined;
  const grouped = hasKernels && !isGraph ? nativeConv2d : convolveByGroup;

  const op = tf.customGrad((...inputs) => {
    const [x, kernel, save] = inputs as unknown as [tf.Tensor4D, tf.Tensor4D, SaveForGradient];
    save([x, kernel]);
    return {
      value: grouped.forward(x, kernel, geometry),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [x, kernel] = saved as [tf.Tensor4D, tf.Tensor4D];
        const upstream = dy as tf.Tensor4D;
        return [
          grouped.inputGradient(upstream, kernel, x.shape, geometry),
          grouped.kernelGradient(x, upstream, kernel.shape, geometry),
        ];
      },
    };
  });
  return op(x, kernel) as tf.Tensor4D;
}

/** What to do instead of options of `tf.conv2d` and torch's. */
const INSTEAD = {
  pad: "It is `padding`: 'same', 'valid' or 'symmetric'.",
  stride: 'It is `strides`.',
  dilations: 'TensorFlow.js has no gradient of a dilated convolution.',
  dataFormat: "Images are [batch, height, width, channels], 'NHWC'.",
};

type SaveForGradient = (tensors: tf.Tensor[]) => void;

/** One way of computing the convolution and its two gradients. */
interface GroupedConvolution {
  forward(x: tf.Tensor4D, kernel: tf.Tensor4D, geometry: Geometry): tf.Tensor4D;
  inputGradient(dy: tf.Tensor4D, kernel: tf.Tensor4D, inputShape: Shape4D, geometry: Geometry): tf.Tensor4D;
  kernelGradient(x: tf.Tensor4D, dy: tf.Tensor4D, kernelShape: Shape4D, geometry: Geometry): tf.Tensor4D;
}

type Shape4D = [number, number, number, number];

/** Kernels that the backend brings along. */
const nativeConv2d: GroupedConvolution = {
  forward: (x, filter, geometry) => runKernel('GroupedConv2D', { x, filter }, geometry),
  inputGradient: (dy, filter, inputShape, geometry) =>
    runKernel('GroupedConv2DBackpropInput', { dy, filter }, { ...geometry, inputShape }),
  kernelGradient: (x, dy, filterShape, geometry) =>
    runKernel('GroupedConv2DBackpropFilter', { x, dy }, { ...geometry, filterShape }),
};

/** tfjs's own convolution on a slice of the channels at a time. */
const convolveByGroup: GroupedConvolution = {
  forward(x, kernel, { strides, pad, groups }) {
    const kernels = tf.split<tf.Tensor4D>(kernel, groups, 3);
    const slices = tf.split<tf.Tensor4D>(x, groups, 3);
    return tf.concat(
      slices.map((slice, group) => tf.conv2d(slice, kernels[group]!, strides, pad)),
      3,
    );
  },
  inputGradient(dy, kernel, [batch, height, width, channels], { strides, pad, groups }) {
    const inputShape = [batch, height, width, channels / groups];
    const kernels = tf.split(kernel, groups, 3);
    const gradients = tf
      .split(dy, groups, 3)
      .map((slice, group) =>
        runKernel(
          tf.Conv2DBackpropInput,
          { dy: slice, filter: kernels[group]! },
          { strides, pad, dataFormat: 'NHWC', inputShape },
        ),
      );
    return tf.concat(gradients, 3);
  },
  kernelGradient(x, dy, [height, width, inChannels, outChannels], { strides, pad, groups }) {
    const filterShape = [height, width, inChannels, outChannels / groups];
    const slices = tf.split(x, groups, 3);
    const gradients = tf
      .split(dy, groups, 3)
      .map((slice, group) =>
        runKernel(
          tf.Conv2DBackpropFilter,
          { x: slices[group]!, dy: slice },
          { strides, pad, dataFormat: 'NHWC', filterShape },
        ),
      );
    return tf.concat(gradients, 3);
  },
};

/** Where `'same'` is another grid, pads by hand as far as the windows reach; no backend pads unevenly itself. */
function symmetricConv2d(x: tf.Tensor4D, kernel: tf.Tensor4D, args: GroupedConv2dArgs): tf.Tensor4D {
  const strides = pair(args.strides ?? 1);
  const pads = [0, 1].map((axis) => {
    const side = kernel.shape[axis]!;
    const size = x.shape[axis + 1]!;
    if (side % 2 === 0) {
      throw new RangeError(
        `groupedConv2d: \`kernel\` must have odd sides for symmetric padding, got [${kernel.shape}].`,
      );
    }
    const before = (side - 1) / 2;
    const reach = Math.floor((size - 1) / strides[axis]!) * strides[axis]! + side;
    return [before, Math.max(reach - size - before, 0)] as [number, number];
  });
  if (pads.every(([before, after]) => before === after)) return convolve(x, kernel, { ...args, padding: 'same' });
  const padded = tf.pad4d(x, [[0, 0], pads[0]!, pads[1]!, [0, 0]]);
  return convolve(padded, kernel, { ...args, padding: 'valid' });
}

function runKernel(name: string, inputs: tf.NamedTensorMap, attributes: object): tf.Tensor4D {
  return tf.engine().runKernel(name, inputs, attributes as tf.NamedAttrMap) as tf.Tensor4D;
}

interface ResolvedArgs extends GroupedConv2dArgs {
  readonly padding: 'same' | 'valid';
}

function resolveGeometry({ strides = 1, padding, groups = 1 }: ResolvedArgs): Geometry {
  return { strides: pair(strides), pad: padding, dilations: [1, 1], groups };
}

function pair(value: number | readonly [number, number]): [number, number] {
  return typeof value === 'number' ? [value, value] : [value[0], value[1]];
}

function assertGroupsFit(inChannels: number, kernel: tf.Tensor4D, groups: number): void {
  const [, , kernelChannels, outChannels] = kernel.shape;
  if (inChannels % groups !== 0 || outChannels % groups !== 0) {
    throw new RangeError(
      `groupedConv2d: input channels (${inChannels}) and output channels (${outChannels}) must be divisible by \`groups\` (${groups}).`,
    );
  }
  if (kernelChannels * groups !== inChannels) {
    throw new RangeError(
      `groupedConv2d: \`kernel\` must have shape [height, width, ${inChannels / groups}, outChannels] ` +
        `for ${inChannels} input channels in ${groups} groups, got [${kernel.shape}].`,
    );
  }
}
