import type { CoverageRow, CoverageTable } from './coverage-table.js';

const ONE_CONVOLUTION = 'always `scaledWSConv2d`';
const WRITTEN_OUT = 'the channels are written out: `widths`, `stem`, `finalChannels`';
const NO_BASELINE = 'no network with plain convolutions and neither normalization nor standardization';

/** Arguments that the networks share. */
const network = (name: string): CoverageRow[] => [
  [`${name}(num_classes)`, 'createModel', '`numClasses`'],
  [`${name}(variant)`, 'createModel', '`preset`'],
  [`${name}(width)`, 'no', WRITTEN_OUT],
  [`${name}(se_ratio)`, 'NFNetSpec', '`squeezeExciteRatio`'],
  [`${name}(alpha)`, 'NFNetSpec', '`alpha`'],
  [`${name}(stochdepth_rate)`, 'createModel', '`stochasticDepthRate`'],
  [`${name}(drop_rate)`, 'createModel', '`dropRate`'],
  [`${name}(activation)`, 'createModel', '`activation`'],
  [`${name}(fc_init)`, 'NFNetSpec', '`classifierDeviation`: normal, or 0'],
];

/** Arguments that the blocks share. */
const block = (name: string): CoverageRow[] => [
  [`${name}(in_ch)`, 'nfBlock', "the input's"],
  [`${name}(out_ch)`, 'nfBlock', '`outChannels`'],
  [`${name}(se_ratio)`, 'nfBlock', '`squeezeExciteRatio`'],
  [`${name}(stride)`, 'nfBlock', '`stride`: 1 or 2'],
  [`${name}(beta)`, 'nfBlock', '`beta`'],
  [`${name}(alpha)`, 'nfBlock', '`alpha`'],
  [`${name}(which_conv)`, 'no', ONE_CONVOLUTION],
  [`${name}(activation)`, 'nfBlock', '`activation`'],
  [`${name}(stochdepth_rate)`, 'nfBlock', '`dropRate`'],
];

const grouped = (name: string): CoverageRow => [
  [`${name}(expansion)`, `${name}(group_size)`],
  ['planBlocks', 'nfBlock'],
  '`nfBlock` takes the numbers that they come to, `midChannels` and `groups`',
];

const variants = (names: readonly string[]): CoverageRow => [
  [...names, 'ResNet50', 'ResNet101', 'ResNet152', 'ResNet200', 'ResNet288', 'ResNet600'],
  'no',
  NO_BASELINE,
];
const taking = (name: string, given: readonly string[]) => [name, ...given.map((each) => `${name}(${each})`)];
const RESNET_ARGUMENTS = ['num_classes', 'variant', 'width', 'stochdepth_rate', 'drop_rate', 'activation', 'fc_init'];
const BLOCK_ARGUMENTS = ['bottleneck_ratio', 'kernel_size', 'stride', 'which_conv', 'activation', 'stochdepth_rate'];

/** Of the authors' code: networks, parts and weights. */
export const DEEPMIND_MODELS: readonly CoverageTable[] = [
  {
    title: 'Released weights',
    names: 'weights',
    about:
      '`F0_haiku.npz` and so on, read without executing what is in them. The layout is tested with such a file of random weights; the published ones were not downloaded.',
    rows: [[['F0', 'F1', 'F2', 'F3', 'F4', 'F5', 'F6'], 'loadWeights']],
  },
  {
    title: '`base.py`',
    names: 'base.py',
    rows: [
      ['F0', { preset: 'nfnet_f0' }],
      ['F1', { preset: 'nfnet_f1' }],
      ['F2', { preset: 'nfnet_f2' }],
      ['F3', { preset: 'nfnet_f3' }],
      ['F4', { preset: 'nfnet_f4' }],
      ['F5', { preset: 'nfnet_f5' }],
      ['F6', { preset: 'nfnet_f6' }],
      ['F7', { preset: 'nfnet_f7' }],
      ['F0+', { preset: 'nfnet_f0+' }],
      ['F1+', { preset: 'nfnet_f1+' }],
      ['F2+', { preset: 'nfnet_f2+' }],
      ['F3+', { preset: 'nfnet_f3+' }],
      ['F4+', { preset: 'nfnet_f4+' }, "of 525M parameters, as the code builds it; the paper's has 527M"],
      ['F5+', { preset: 'nfnet_f5+' }],
      ['F6+', { preset: 'nfnet_f6+' }],
      ['F7+', { preset: 'nfnet_f7+' }],
      ['B0', { preset: 'nf_regnet_b0' }],
      ['B1', { preset: 'nf_regnet_b1' }],
      ['B2', { preset: 'nf_regnet_b2' }],
      ['B3', { preset: 'nf_regnet_b3' }],
      ['B4', { preset: 'nf_regnet_b4' }],
      ['B5', { preset: 'nf_regnet_b5' }],
      ['B6', { preset: 'nf_regnet_b6' }],
      ['B7', { preset: 'nf_regnet_b7' }],
      ['B8', { preset: 'nf_regnet_b8' }],
      [
        ['identity', 'celu', 'elu', 'gelu', 'glu', 'relu', 'relu6', 'selu', 'sigmoid', 'silu', 'softplus', 'tanh'],
        'GAMMA',
      ],
      ['leaky_relu', 'GAMMA', '`leakyRelu`'],
      ['log_sigmoid', 'GAMMA', '`logSigmoid`'],
      ['log_softmax', 'GAMMA', '`logSoftmax`'],
      ['soft_sign', 'GAMMA', '`softSign`'],
      ['WSConv2D', 'scaledWSConv2d'],
      [
        'signal_metrics',
        'no',
        'mean and variance of the activations by block, which the networks return with `return_metrics`',
      ],
      ['count_conv_flops', ['countMacs', 'describeModel']],
      ['SqueezeExcite', 'squeezeExcite'],
      [['SqueezeExcite(in_ch)', 'SqueezeExcite(out_ch)'], 'squeezeExcite', "the input's"],
      ['SqueezeExcite(se_ratio)', 'squeezeExcite', '`ratio`'],
      ['SqueezeExcite(hidden_ch)', 'squeezeExcite', '`hiddenChannels`'],
      ['SqueezeExcite(activation)', 'no', 'always relu, as in all networks of the code'],
      ['StochDepth', 'stochasticDepth'],
      ['StochDepth(drop_rate)', 'stochasticDepth', '`rate`'],
      ['StochDepth(scale_by_keep)', 'stochasticDepth', '`scaleByKeep`'],
    ],
  },
  {
    title: '`nfnet.py`',
    names: 'nfnet.py',
    rows: [
      ['NFNet', ['createModel', 'NFNET']],
      ...network('NFNet'),
      [['NFNet(final_conv_mult)', 'NFNet(final_conv_ch)'], 'NFNetSpec', '`finalChannels`, the number itself'],
      ['NFNet(use_two_convs)', 'NFNetSpec', '`spatialConvs`'],
      ['NFBlock', 'nfBlock'],
      ...block('NFBlock'),
      grouped('NFBlock'),
      ['NFBlock(kernel_shape)', 'no', 'always 3 x 3'],
      ['NFBlock(big_width)', 'planBlocks', '`expansionOf` of a spec'],
      ['NFBlock(use_two_convs)', 'nfBlock', '`spatialConvs`'],
    ],
  },
  {
    title: '`nf_resnet.py`',
    names: 'nf_resnet.py',
    rows: [
      ['ResNet50', { preset: 'nf_resnet50' }],
      ['ResNet101', { preset: 'nf_resnet101' }],
      ['ResNet152', { preset: 'nf_resnet152' }],
      ['ResNet200', { preset: 'nf_resnet200' }],
      ['ResNet288', { preset: 'nf_resnet288' }],
      ['ResNet600', { preset: 'nf_resnet600' }],
      ['NF_ResNet', ['createModel', 'NF_RESNET']],
      ...network('NF_ResNet'),
      ['NF_ResNet(skipinit_gain)', 'no', 'from zero, or no such gain: `skipGain` of a spec'],
      ['NF_ResNet(use_se)', 'NFNetSpec', '`attention`'],
      ['NFResBlock', 'nfBlock', "with `shortcutPooling: 'none'` and `spatialConvs: 1`"],
      ...block('NFResBlock'),
      ['NFResBlock(bottleneck_ratio)', 'nfBlock', '`midChannels`, the number itself'],
      ['NFResBlock(kernel_size)', 'no', 'always 3 x 3'],
      ['NFResBlock(skipinit_gain)', 'no', 'from zero, or no such gain: `skipGain`'],
      ['NFResBlock(use_se)', 'nfBlock', '`attention`'],
    ],
  },
  {
    title: '`nf_regnet.py`',
    names: 'nf_regnet.py',
    rows: [
      ['NF_RegNet', ['createModel', 'NF_REGNET']],
      ...network('NF_RegNet'),
      ['NF_RegNet(expansion)', 'NFNetSpec', '`expansion`'],
      ['NF_RegNet(group_size)', 'NFNetSpec', '`groupWidth`'],
      ['NFBlock', 'nfBlock', "with `attentionAt: 'middle'` and `spatialConvs: 1`"],
      ...block('NFBlock'),
      grouped('NFBlock'),
      ['NFBlock(kernel_size)', 'no', 'always 3 x 3'],
    ],
  },
  {
    title: '`resnet.py`',
    names: 'resnet.py',
    about:
      'With batch normalization. Ours activate behind the sum and pad alike on all sides, as torchvision’s, with the stride on the 3 x 3 convolution.',
    rows: [
      ['ResNet50', { preset: 'resnet50' }, 'with `preactivation=False`'],
      ['ResNet101', { preset: 'resnet101' }, 'with `preactivation=False`'],
      ['ResNet152', { preset: 'resnet152' }, 'with `preactivation=False`'],
      ['ResNet200', { preset: 'resnet200' }, 'with `preactivation=False`'],
      [['ResNet288', 'ResNet600'], 'no', 'as a spec: `{ ...RESNET.resnet50, depths }`'],
      ['ResNet', ['createModel', 'RESNET']],
      ['ResNet(width)', 'no', 'the channels are written out: `widths`'],
      ['ResNet(num_classes)', 'createModel', '`numClasses`'],
      ['ResNet(variant)', 'createModel', '`preset`'],
      [
        ['ResNet(which_norm)', 'ResNet(norm_kwargs)', 'ResNet(conv_kwargs)'],
        'no',
        'always `batchNorm` with scale and offset, and a plain convolution',
      ],
      ['ResNet(activation)', 'no', 'relu'],
      ['ResNet(drop_rate)', 'createModel', '`dropRate`'],
      ['ResNet(fc_init)', 'no'],
      [
        'ResNet(preactivation)',
        'no',
        'only what False gives; `NF_RESNET` are pre-activation networks, without normalization',
      ],
      [['ResNet(use_se)', 'ResNet(se_ratio)'], 'no'],
      [
        taking('ResBlockV2', [
          'out_ch',
          'stride',
          'use_projection',
          'activation',
          'which_norm',
          'which_conv',
          'use_se',
          'se_ratio',
        ]),
        'no',
        'the pre-activation block with batch normalization',
      ],
      ['ResBlockV1', 'RESNET'],
    ],
  },
  {
    title: '`skipinit_resnet.py`',
    names: 'skipinit_resnet.py',
    rows: [
      variants([
        ...taking('SkipInit_ResNet', RESNET_ARGUMENTS),
        ...taking('NFResBlock', ['in_ch', 'out_ch', ...BLOCK_ARGUMENTS]),
      ]),
    ],
  },
  {
    title: '`fixup_resnet.py`',
    names: 'fixup_resnet.py',
    rows: [
      variants([
        ...taking('FixUp_ResNet', RESNET_ARGUMENTS),
        ...taking('ResBlock', ['in_ch', 'out_ch', 'num_blocks', ...BLOCK_ARGUMENTS]),
      ]),
    ],
  },
];
