import type { CoverageRow, CoverageTable } from './coverage-table.js';

const BIT = 'weight standardization without the 1 / sqrt(fan-in), as BiT has it: not of NF networks';
const bitArguments = [
  'in_channel',
  'out_channels',
  'kernel_size',
  'stride',
  'padding',
  'dilation',
  'groups',
  'bias',
  'eps',
];
const bit = (name: string): CoverageRow => [[name, ...bitArguments.map((each) => `${name}(${each})`)], 'no', BIT];

const scaled = (name: string, padding: string): CoverageRow[] => [
  [name, 'scaledWSConv2d'],
  [`${name}(in_channels)`, 'scaledWSConv2d', "the input's"],
  [`${name}(out_channels)`, 'scaledWSConv2d', '`filters`'],
  [`${name}(kernel_size)`, 'scaledWSConv2d', '`kernelSize`: square'],
  [`${name}(stride)`, 'scaledWSConv2d', '`strides`: the same in both directions'],
  [`${name}(padding)`, 'scaledWSConv2d', padding],
  [`${name}(dilation)`, 'no', 'TensorFlow.js has no gradient of a dilated convolution'],
  [`${name}(groups)`, 'scaledWSConv2d', '`groups`'],
  [`${name}(bias)`, 'scaledWSConv2d', '`useBias`'],
  [`${name}(gamma)`, 'scaledWSConv2d', '`gamma`'],
  [`${name}(eps)`, 'scaledWSConv2d', "`eps`, with `epsRule: 'added'`"],
  [`${name}(gain_init)`, 'scaledWSConv2d', '`gainInit`: 0 or 1'],
];

/** Of timm's `layers/std_conv.py`, `utils/agc.py` and `utils/clip_grad.py`. */
export const TIMM_LAYERS: readonly CoverageTable[] = [
  {
    title: 'Standardized convolutions',
    names: 'convolutions',
    rows: [
      bit('StdConv2d'),
      bit('StdConv2dSame'),
      ...scaled('ScaledStdConv2d', "`padding: 'symmetric'` or `'valid'`; no numbers"),
      ...scaled('ScaledStdConv2dSame', "`padding: 'same'`"),
    ],
  },
  {
    title: 'Clipping',
    names: 'clipping',
    about:
      "`utils/agc.py` and `utils/clip_grad.py`. timm takes each gain of a convolution for a unit, as `unit: 'gain-apart'` does here; without it, as in the authors’ code, all gains of one are a unit.",
    rows: [
      [['unitwise_norm', 'unitwise_norm(x)'], 'unitwiseNorm'],
      ['unitwise_norm(norm_type)', 'no', 'the Euclidean norm'],
      ['adaptive_clip_grad', 'adaptiveGradClip'],
      [
        'adaptive_clip_grad(parameters)',
        'withTransforms',
        'those whose gradients the optimizer gets, but for `exclude`',
      ],
      ['adaptive_clip_grad(clip_factor)', 'adaptiveGradClip', '`clipFactor`'],
      ['adaptive_clip_grad(eps)', 'adaptiveGradClip', '`eps`'],
      ['adaptive_clip_grad(norm_type)', 'no', 'the Euclidean norm'],
      [['dispatch_clip_grad', 'dispatch_clip_grad(mode)'], 'withTransforms', 'a transform for each mode'],
      ['dispatch_clip_grad(parameters)', 'withTransforms', 'those whose gradients the optimizer gets'],
      [
        'dispatch_clip_grad(value)',
        ['clipByGlobalNorm', 'clipByValue', 'adaptiveGradClip'],
        '`maxNorm`, `maxValue`, `clipFactor`',
      ],
      ['dispatch_clip_grad(norm_type)', 'no', 'the Euclidean norm'],
      ["mode 'norm'", 'clipByGlobalNorm'],
      ["mode 'value'", 'clipByValue'],
      ["mode 'agc'", 'adaptiveGradClip'],
    ],
  },
];
