/** A kernel of TensorFlow.js, called directly, without an op around it. */
export interface KernelCase {
  readonly name: string;
  /** Of a convolution: its shape, and which of its three kernels this is. */
  readonly shape?: string;
  readonly direction?: 'forward' | 'input gradient' | 'filter gradient';
  readonly kernel: string;
  /** Shapes of its inputs, which are filled with numbers in [-1, 1); or whole numbers. */
  readonly inputs: Readonly<Record<string, readonly number[] | { readonly int32: readonly number[] }>>;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Floating-point operations, where that says more than milliseconds. */
  readonly flops?: number;
}

/** A convolution's case with one of its images, for who would take minutes for all; others as they are. */
export function ofOneImage(each: KernelCase): { readonly case: KernelCase; readonly images: number } {
  const { attributes } = each;
  const shape = attributes['inputShape'] as readonly number[] | undefined;
  if (shape === undefined) return { case: each, images: 1 };
  const images = shape[0]!;
  const first = ([, ...rest]: readonly number[]) => [1, ...rest];
  // A filter has no images.
  const inputs = Object.entries(each.inputs).map(([name, input]) => [
    name,
    name === 'filter' ? input : first(input as readonly number[]),
  ]);
  return {
    case: { ...each, inputs: Object.fromEntries(inputs), attributes: { ...attributes, inputShape: first(shape) } },
    images,
  };
}

/** [batch, size, input channels, kernel size, output channels, stride]. */
type ConvolutionShape = readonly [number, number, number, number, number, number];

const CONVOLUTIONS: readonly ConvolutionShape[] = [
  [8, 28, 64, 3, 64, 1],
  [2, 56, 64, 3, 64, 1],
  [4, 14, 256, 3, 256, 1],
  [128, 28, 8, 3, 16, 1],
  [64, 14, 32, 3, 32, 1],
  [64, 7, 64, 3, 64, 1],
  [64, 28, 16, 3, 32, 2],
  [32, 14, 128, 1, 128, 1],
];

/** [rows, depth, columns, whether A is transposed, whether B is]. */
const PRODUCTS = [
  [512, 512, 512, false, false],
  [512, 512, 512, true, false],
  [512, 512, 512, false, true],
  [128, 256, 10, false, false],
] as const;

const SHAPE = [128, 14, 14, 32] as const;
const POOLED = [128, 7, 7, 32] as const;
const POOL = { filterSize: [2, 2], strides: [2, 2], pad: 'same' };
const DEPTHWISE = { strides: 1, pad: 'same', dilations: 1, inputShape: SHAPE, filterShape: [3, 3, 32, 1] };

/** What a training step is made of, in sizes that take about ten milliseconds on one thread. */
export const KERNEL_CASES: readonly KernelCase[] = [
  ...CONVOLUTIONS.flatMap(convolutionCases),
  ...PRODUCTS.map(([m, k, n, transposeA, transposeB]) => ({
    name: `matrix product [${m}, ${k}]${transposeA ? ', transposed,' : ''} * [${k}, ${n}]${transposeB ? ', transposed' : ''}`,
    kernel: 'BatchMatMul',
    inputs: { a: transposeA ? [k, m] : [m, k], b: transposeB ? [n, k] : [k, n] },
    attributes: { transposeA, transposeB },
    flops: 2 * m * k * n,
  })),
  { name: 'tanh', kernel: 'Tanh', inputs: { x: SHAPE }, attributes: {} },
  { name: 'erf', kernel: 'Erf', inputs: { x: SHAPE }, attributes: {} },
  { name: 'maximum', kernel: 'Maximum', inputs: { a: SHAPE, b: SHAPE }, attributes: {} },
  { name: 'product', kernel: 'Multiply', inputs: { a: SHAPE, b: SHAPE }, attributes: {} },
  { name: 'sum with a bias', kernel: 'Add', inputs: { a: SHAPE, b: [32] }, attributes: {} },
  { name: 'sum over all but the channels', kernel: 'Sum', inputs: { x: SHAPE }, attributes: { axis: [0, 1, 2] } },
  {
    name: 'gradient of max pooling, 2 x 2',
    kernel: 'MaxPoolGrad',
    inputs: { dy: POOLED, input: SHAPE, output: POOLED },
    attributes: POOL,
  },
  {
    name: 'depthwise convolution, 3 x 3, input gradient',
    kernel: 'DepthwiseConv2dNativeBackpropInput',
    inputs: { dy: SHAPE, filter: [3, 3, 32, 1] },
    attributes: DEPTHWISE,
  },
  {
    name: 'depthwise convolution, 3 x 3, filter gradient',
    kernel: 'DepthwiseConv2dNativeBackpropFilter',
    inputs: { x: SHAPE, dy: SHAPE },
    attributes: DEPTHWISE,
  },
  {
    name: 'slice, 16 of 128 images',
    kernel: 'Slice',
    inputs: { x: SHAPE },
    attributes: { begin: [32, 0, 0, 0], size: [16, 14, 14, 32] },
  },
  {
    name: 'gather, 128 images',
    kernel: 'GatherV2',
    inputs: { x: SHAPE, indices: { int32: Array.from({ length: 128 }, (_, i) => i) } },
    attributes: { axis: 0, batchDims: 0 },
  },
  {
    name: 'tile over the pixels',
    kernel: 'Tile',
    inputs: { x: [128, 1, 1, 32] },
    attributes: { reps: [1, 14, 14, 1] },
  },
];

function convolutionCases([batch, size, inChannels, kernel, outChannels, stride]: ConvolutionShape): KernelCase[] {
  const x = [batch, size, size, inChannels];
  const filter = [kernel, kernel, inChannels, outChannels];
  const dy = [batch, Math.ceil(size / stride), Math.ceil(size / stride), outChannels];
  const shape = `[${x.join(', ')}] * [${filter.join(', ')}] / ${stride}`;
  const attributes = {
    strides: stride,
    pad: 'same',
    dilations: 1,
    dataFormat: 'NHWC',
    inputShape: x,
    filterShape: filter,
  };
  const flops = 2 * dy.reduce((a, b) => a * b) * kernel * kernel * inChannels;
  const as = (direction: NonNullable<KernelCase['direction']>) => ({
    name: `${shape}, ${direction}`,
    shape,
    direction,
    attributes,
    flops,
  });
  return [
    { ...as('forward'), kernel: 'Conv2D', inputs: { x, filter } },
    { ...as('input gradient'), kernel: 'Conv2DBackpropInput', inputs: { dy, filter } },
    { ...as('filter gradient'), kernel: 'Conv2DBackpropFilter', inputs: { x, dy } },
  ];
}
