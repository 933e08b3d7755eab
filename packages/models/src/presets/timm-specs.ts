import { AUTHORS, F_SIZES, F_WIDTHS, NF_REGNET_BLOCKS, NF_RESNET_BLOCKS, NFNET_BLOCKS, TIMM } from './conventions.js';
import type { NFNetSpec } from './nfnet-spec.js';

// The authors' networks as timm loads their weights.
const DM = {
  ...TIMM,
  ...NFNET_BLOCKS,
  ...F_WIDTHS,
  activation: 'geluErf',
  gammaIn: AUTHORS.gammaIn,
  padding: AUTHORS.padding,
  skipGain: AUTHORS.skipGain,
} as const;

const F = { ...TIMM, ...NFNET_BLOCKS, ...F_WIDTHS, activation: 'geluErf' } as const;

const L = { ...F, groupWidth: 64, expansion: 0.25, squeezeExciteRatio: 0.25, activation: 'silu' } as const;
const ECA_L = { ...L, attention: 'efficientChannel' } as const;

const RESNET = {
  ...TIMM,
  ...NF_RESNET_BLOCKS,
  attention: 'none',
  squeezeExciteRatio: 1 / 16,
  shortcutPooling: 'average',
  trainSize: 224,
  testSize: 224,
} as const;
const SE_RESNET = { ...RESNET, attention: 'squeezeExcite' } as const;
const ECA_RESNET = { ...RESNET, attention: 'efficientChannel' } as const;

const DEPTHS = { 26: [2, 2, 2, 2], 50: [3, 4, 6, 3], 101: [3, 4, 23, 3] } as const;

const REGNET = { ...TIMM, ...NF_REGNET_BLOCKS } as const;

// 0.75 of the published widths, rounded to multiples of 8.
const B0 = { stem: [{ channels: 40, stride: 2 }], widths: [40, 80, 160, 328], finalChannels: 960 } as const;
const B2 = { stem: [{ channels: 40, stride: 2 }], widths: [40, 88, 176, 368], finalChannels: 1064 } as const;
const B3 = { stem: [{ channels: 40, stride: 2 }], widths: [40, 96, 184, 400], finalChannels: 1152 } as const;
const B4 = { stem: [{ channels: 48, stride: 2 }], widths: [48, 112, 216, 464], finalChannels: 1344 } as const;
const B5 = { stem: [{ channels: 64, stride: 2 }], widths: [64, 128, 256, 528], finalChannels: 1536 } as const;

/** timm's normalizer-free networks, under timm's names behind `timm/`. Source: timm's `nfnet.py`, version 1.0. */
export const TIMM_NFNET = {
  'timm/dm_nfnet_f0': { ...DM, ...F_SIZES.f0, dropRate: 0 },
  'timm/dm_nfnet_f1': { ...DM, ...F_SIZES.f1, dropRate: 0 },
  'timm/dm_nfnet_f2': { ...DM, ...F_SIZES.f2, dropRate: 0 },
  'timm/dm_nfnet_f3': { ...DM, ...F_SIZES.f3, dropRate: 0 },
  'timm/dm_nfnet_f4': { ...DM, ...F_SIZES.f4, dropRate: 0 },
  'timm/dm_nfnet_f5': { ...DM, ...F_SIZES.f5, dropRate: 0 },
  'timm/dm_nfnet_f6': { ...DM, ...F_SIZES.f6, dropRate: 0 },
  'timm/nfnet_f0': { ...F, ...F_SIZES.f0, dropRate: 0 },
  'timm/nfnet_f1': { ...F, ...F_SIZES.f1, dropRate: 0 },
  'timm/nfnet_f2': { ...F, ...F_SIZES.f2, dropRate: 0 },
  'timm/nfnet_f3': { ...F, ...F_SIZES.f3, dropRate: 0 },
  'timm/nfnet_f4': { ...F, ...F_SIZES.f4, dropRate: 0 },
  'timm/nfnet_f5': { ...F, ...F_SIZES.f5, dropRate: 0 },
  'timm/nfnet_f6': { ...F, ...F_SIZES.f6, dropRate: 0 },
  'timm/nfnet_f7': { ...F, ...F_SIZES.f7, dropRate: 0 },
  'timm/nfnet_l0': { ...L, depths: F_SIZES.f0.depths, finalChannels: 2304, trainSize: 224, testSize: 288 },
  'timm/eca_nfnet_l0': { ...ECA_L, depths: F_SIZES.f0.depths, finalChannels: 2304, trainSize: 224, testSize: 288 },
  'timm/eca_nfnet_l1': { ...ECA_L, depths: F_SIZES.f1.depths, trainSize: 256, testSize: 320 },
  'timm/eca_nfnet_l2': { ...ECA_L, depths: F_SIZES.f2.depths, trainSize: 320, testSize: 384 },
  'timm/eca_nfnet_l3': { ...ECA_L, depths: F_SIZES.f3.depths, trainSize: 352, testSize: 448 },
  'timm/nf_resnet26': { ...RESNET, depths: DEPTHS[26] },
  'timm/nf_resnet50': { ...RESNET, depths: DEPTHS[50], trainSize: 256, testSize: 288 },
  'timm/nf_resnet101': { ...RESNET, depths: DEPTHS[101] },
  'timm/nf_seresnet26': { ...SE_RESNET, depths: DEPTHS[26] },
  'timm/nf_seresnet50': { ...SE_RESNET, depths: DEPTHS[50] },
  'timm/nf_seresnet101': { ...SE_RESNET, depths: DEPTHS[101] },
  'timm/nf_ecaresnet26': { ...ECA_RESNET, depths: DEPTHS[26] },
  'timm/nf_ecaresnet50': { ...ECA_RESNET, depths: DEPTHS[50] },
  'timm/nf_ecaresnet101': { ...ECA_RESNET, depths: DEPTHS[101] },
  'timm/nf_regnet_b0': { ...REGNET, ...B0, depths: [1, 3, 6, 6], trainSize: 192, testSize: 256 },
  'timm/nf_regnet_b1': { ...REGNET, ...B0, depths: [2, 4, 7, 7], trainSize: 256, testSize: 288 },
  'timm/nf_regnet_b2': { ...REGNET, ...B2, depths: [2, 4, 8, 8], trainSize: 240, testSize: 272 },
  'timm/nf_regnet_b3': { ...REGNET, ...B3, depths: [2, 5, 9, 9], trainSize: 288, testSize: 320 },
  'timm/nf_regnet_b4': { ...REGNET, ...B4, depths: [2, 6, 11, 11], trainSize: 320, testSize: 384 },
  'timm/nf_regnet_b5': { ...REGNET, ...B5, depths: [3, 7, 14, 14], trainSize: 384, testSize: 456 },
  /** Small enough for tests. */
  'timm/test_nfnet': {
    ...L,
    widths: [32, 64, 96, 128],
    depths: [1, 1, 1, 1],
    groupWidth: 8,
    finalChannels: 192,
    trainSize: 160,
    testSize: 160,
  },
} as const satisfies Record<string, NFNetSpec>;
