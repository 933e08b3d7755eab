import { AUTHORS, NF_RESNET_BLOCKS } from './conventions.js';
import type { NFNetSpec } from './nfnet-spec.js';

const RESNET = {
  ...AUTHORS,
  ...NF_RESNET_BLOCKS,
  attention: 'none',
  squeezeExciteRatio: 0.25,
  shortcutPooling: 'none',
  dropRate: 0,
  stochasticDepthRate: 0.1,
  trainSize: 224,
  testSize: 224,
} as const;

/**
 * The authors' NF-ResNets; with squeeze-excite: `{ ...NF_RESNET.nf_resnet50, attention: 'squeezeExcite' }`.
 *
 * Source: Brock et al. 2021 (NF-ResNets) and the authors' `nf_resnet.py`, but for the depths of 26, which are
 * timm's, and for `nf_resnet_digits`, which is ours.
 */
export const NF_RESNET = {
  nf_resnet26: { ...RESNET, depths: [2, 2, 2, 2] },
  nf_resnet50: { ...RESNET, depths: [3, 4, 6, 3] },
  nf_resnet101: { ...RESNET, depths: [3, 4, 23, 3] },
  nf_resnet152: { ...RESNET, depths: [3, 8, 36, 3] },
  nf_resnet200: { ...RESNET, depths: [3, 24, 36, 3] },
  nf_resnet288: { ...RESNET, depths: [24, 24, 24, 24] },
  nf_resnet600: { ...RESNET, depths: [50, 50, 50, 50] },
  /** For 28 x 28 grey images and a processor: the same block, small. */
  nf_resnet_digits: {
    ...RESNET,
    stem: [{ channels: 16, stride: 2 }],
    stemPool: false,
    widths: [64, 128, 256],
    depths: [1, 1, 1],
    strides: [2, 2, 2],
    stochasticDepthRate: 0,
    inputShape: [28, 28, 1],
    trainSize: 28,
    testSize: 28,
  },
} as const satisfies Record<string, NFNetSpec>;
