import { AUTHORS, NF_REGNET_BLOCKS } from './conventions.js';
import type { NFNetSpec } from './nfnet-spec.js';

const REGNET = { ...AUTHORS, ...NF_REGNET_BLOCKS, classifierDeviation: 0, stochasticDepthRate: 0.1 } as const;

const SIZES = {
  b0: { depths: [1, 3, 6, 6], trainSize: 192, testSize: 224, dropRate: 0.2 },
  b1: { depths: [2, 4, 7, 7], trainSize: 224, testSize: 256, dropRate: 0.2 },
  b2: { depths: [2, 4, 8, 8], trainSize: 240, testSize: 272, dropRate: 0.3 },
  b3: { depths: [2, 5, 9, 9], trainSize: 288, testSize: 320, dropRate: 0.3 },
  b4: { depths: [2, 6, 11, 11], trainSize: 320, testSize: 384, dropRate: 0.4 },
  b5: { depths: [3, 7, 14, 14], trainSize: 384, testSize: 456, dropRate: 0.4 },
  b6: { depths: [3, 8, 16, 16], trainSize: 448, testSize: 528, dropRate: 0.5 },
  b7: { depths: [4, 10, 19, 19], trainSize: 512, testSize: 600, dropRate: 0.5 },
  b8: { depths: [4, 11, 22, 22], trainSize: 600, testSize: 672, dropRate: 0.5 },
} as const;

// 0.75 of the published widths, rounded down; the last convolution has 1280 / 440 of the last width.
const WIDTHS = {
  b0: { stem: [{ channels: 36, stride: 2 }], widths: [36, 78, 156, 330], finalChannels: 960 },
  b2: { stem: [{ channels: 42, stride: 2 }], widths: [42, 84, 174, 366], finalChannels: 1064 },
  b3: { stem: [{ channels: 42, stride: 2 }], widths: [42, 96, 186, 396], finalChannels: 1152 },
  b4: { stem: [{ channels: 48, stride: 2 }], widths: [48, 108, 216, 462], finalChannels: 1344 },
  b5: { stem: [{ channels: 60, stride: 2 }], widths: [60, 126, 252, 528], finalChannels: 1536 },
  b6: { stem: [{ channels: 66, stride: 2 }], widths: [66, 138, 282, 594], finalChannels: 1728 },
  b7: { stem: [{ channels: 72, stride: 2 }], widths: [72, 156, 312, 660], finalChannels: 1920 },
  b8: { stem: [{ channels: 78, stride: 2 }], widths: [78, 174, 342, 726], finalChannels: 2112 },
} as const;

/**
 * The authors' NF-RegNets.
 *
 * Source: Brock et al. 2021 (NF-ResNets), table 3, and the authors' `nf_regnet.py` and `base.py`.
 */
export const NF_REGNET = {
  nf_regnet_b0: { ...REGNET, ...WIDTHS.b0, ...SIZES.b0 },
  nf_regnet_b1: { ...REGNET, ...WIDTHS.b0, ...SIZES.b1 },
  nf_regnet_b2: { ...REGNET, ...WIDTHS.b2, ...SIZES.b2 },
  nf_regnet_b3: { ...REGNET, ...WIDTHS.b3, ...SIZES.b3 },
  nf_regnet_b4: { ...REGNET, ...WIDTHS.b4, ...SIZES.b4 },
  nf_regnet_b5: { ...REGNET, ...WIDTHS.b5, ...SIZES.b5 },
  nf_regnet_b6: { ...REGNET, ...WIDTHS.b6, ...SIZES.b6 },
  nf_regnet_b7: { ...REGNET, ...WIDTHS.b7, ...SIZES.b7 },
  nf_regnet_b8: { ...REGNET, ...WIDTHS.b8, ...SIZES.b8 },
} as const satisfies Record<string, NFNetSpec>;
