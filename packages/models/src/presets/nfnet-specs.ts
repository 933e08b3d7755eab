import { AUTHORS, F_SIZES, F_WIDTHS, NFNET_BLOCKS } from './conventions.js';
import type { NFNetSpec } from './nfnet-spec.js';

const F = { ...AUTHORS, ...NFNET_BLOCKS, ...F_WIDTHS, activation: 'gelu', stochasticDepthRate: 0.25 } as const;

// As the authors' code builds them: a first stage of 192 / 2 channels has one group of 128.
const F_PLUS = {
  ...F,
  stem: [...F.stem.slice(0, 3), { channels: 192, stride: 2 }],
  widths: [384, 768, 2048, 2048],
  finalChannels: 4096,
} as const;

/**
 * The authors' NFNets. A variant of one is a spread: `{ ...NFNET.nfnet_f0, activation: 'silu' }`.
 *
 * Source: Brock et al. 2021, table 1 and the authors' `base.py`. F7 and the plus variants are in the code only.
 */
export const NFNET = {
  nfnet_f0: { ...F, ...F_SIZES.f0 },
  nfnet_f1: { ...F, ...F_SIZES.f1 },
  nfnet_f2: { ...F, ...F_SIZES.f2 },
  nfnet_f3: { ...F, ...F_SIZES.f3 },
  nfnet_f4: { ...F, ...F_SIZES.f4 },
  nfnet_f5: { ...F, ...F_SIZES.f5 },
  nfnet_f6: { ...F, ...F_SIZES.f6 },
  nfnet_f7: { ...F, ...F_SIZES.f7 },
  'nfnet_f0+': { ...F_PLUS, ...F_SIZES.f0 },
  'nfnet_f1+': { ...F_PLUS, ...F_SIZES.f1 },
  'nfnet_f2+': { ...F_PLUS, ...F_SIZES.f2 },
  'nfnet_f3+': { ...F_PLUS, ...F_SIZES.f3 },
  'nfnet_f4+': { ...F_PLUS, ...F_SIZES.f4 },
  'nfnet_f5+': { ...F_PLUS, ...F_SIZES.f5 },
  'nfnet_f6+': { ...F_PLUS, ...F_SIZES.f6 },
  'nfnet_f7+': { ...F_PLUS, ...F_SIZES.f7 },
  /** For 28 x 28 grey images and a processor: the same block, small, with the cheapest good activation. */
  nfnet_digits: {
    ...F,
    stem: [{ channels: 16, stride: 2 }],
    widths: [32, 64, 128],
    depths: [1, 1, 1],
    strides: [2, 2, 2],
    groupWidth: 16,
    finalChannels: 256,
    activation: 'relu',
    inputShape: [28, 28, 1],
    trainSize: 28,
    testSize: 28,
    dropRate: 0,
    stochasticDepthRate: 0,
  },
} as const satisfies Record<string, NFNetSpec>;

export type NFNetName = keyof typeof NFNET;
