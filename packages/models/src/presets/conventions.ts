/** What the authors' networks have in common. Source: Brock et al. 2021, `base.py`. */
export const AUTHORS = {
  gammaIn: 'activation',
  padding: 'same',
  eps: 1e-4,
  epsRule: 'floor',
  channelMultiple: null,
  skipGain: true,
  stochasticDepthForm: 'authors',
  alpha: 0.2,
  classifierDeviation: 0.01,
  inputShape: [null, null, 3],
} as const;

/** What timm's have in common, but for its `dm_` ones. Its trainer sets the drop rates. Source: timm's `nfnet.py`. */
export const TIMM = {
  ...AUTHORS,
  gammaIn: 'convolution',
  padding: 'symmetric',
  eps: 1e-5,
  epsRule: 'added',
  channelMultiple: 8,
  skipGain: false,
  stochasticDepthForm: 'timm',
  dropRate: 0,
  stochasticDepthRate: 0,
} as const;

/** The blocks of NFNets. */
export const NFNET_BLOCKS = {
  family: 'nfnet',
  stemPool: false,
  strides: [1, 2, 2, 2],
  expansionOf: 'output',
  spatialConvs: 2,
  attentionAt: 'end',
  shortcutPooling: 'average',
} as const;

/** The blocks of NF-ResNets. */
export const NF_RESNET_BLOCKS = {
  family: 'nf_resnet',
  stem: [{ channels: 64, stride: 2, kernelSize: 7 }],
  stemPool: true,
  widths: [256, 512, 1024, 2048],
  strides: [1, 2, 2, 2],
  groupWidth: null,
  expansion: 0.25,
  expansionOf: 'output',
  spatialConvs: 1,
  attentionAt: 'end',
  finalChannels: null,
  activation: 'relu',
} as const;

/** The blocks of NF-RegNets. */
export const NF_REGNET_BLOCKS = {
  family: 'nf_regnet',
  stemPool: false,
  strides: [2, 2, 2, 2],
  groupWidth: 8,
  expansion: 2.25,
  expansionOf: 'input',
  spatialConvs: 1,
  attention: 'squeezeExcite',
  attentionAt: 'middle',
  squeezeExciteRatio: 0.5,
  shortcutPooling: 'average',
  activation: 'silu',
} as const;

/** Blocks of each stage and sizes of the images, of F0 to F7. */
export const F_SIZES = {
  f0: { depths: [1, 2, 6, 3], trainSize: 192, testSize: 256, dropRate: 0.2 },
  f1: { depths: [2, 4, 12, 6], trainSize: 224, testSize: 320, dropRate: 0.3 },
  f2: { depths: [3, 6, 18, 9], trainSize: 256, testSize: 352, dropRate: 0.4 },
  f3: { depths: [4, 8, 24, 12], trainSize: 320, testSize: 416, dropRate: 0.4 },
  f4: { depths: [5, 10, 30, 15], trainSize: 384, testSize: 512, dropRate: 0.5 },
  f5: { depths: [6, 12, 36, 18], trainSize: 416, testSize: 544, dropRate: 0.5 },
  f6: { depths: [7, 14, 42, 21], trainSize: 448, testSize: 576, dropRate: 0.5 },
  f7: { depths: [8, 16, 48, 24], trainSize: 480, testSize: 608, dropRate: 0.5 },
} as const;

/** Of F0 to F7, at the width of 256 to 1536 channels. */
export const F_WIDTHS = {
  stem: [
    { channels: 16, stride: 2 },
    { channels: 32, stride: 1 },
    { channels: 64, stride: 1 },
    { channels: 128, stride: 2 },
  ],
  widths: [256, 512, 1536, 1536],
  groupWidth: 128,
  expansion: 0.5,
  attention: 'squeezeExcite',
  squeezeExciteRatio: 0.5,
  finalChannels: 3072,
} as const;
