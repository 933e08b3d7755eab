/** A rule of `@nfnets/agc` as the page offers it. */
export interface ClipRuleFacts {
  readonly label: string;
  /** What its threshold is called in the config of a sweep. */
  readonly setting: 'factor' | 'zThreshold' | 'percentile' | 'maxRms' | 'theta' | 'maxNorm' | 'beta' | 'maxValue';
  /** What the threshold is, in words. */
  readonly threshold: string;
  /** Ends of the slider, and where it stands at first. */
  readonly low: number;
  readonly high: number;
  readonly usual: number;
}

/** All that `@nfnets/agc` has, by the names of sweep configs; the second half of stable-spam, `adaGN`, comes with the first. */
export const CLIP_RULES = {
  agc: {
    label: 'AGC: each unit, by its weights',
    setting: 'factor',
    threshold: 'clip factor λ',
    low: 0.001,
    high: 1,
    usual: 0.01,
  },
  adagc: {
    label: 'AdaGC: each tensor, by the mean of its norms',
    setting: 'factor',
    threshold: 'times the mean norm',
    low: 1.01,
    high: 10,
    usual: 1.05,
  },
  zclip: {
    label: 'ZClip: all together, where an outlier',
    setting: 'zThreshold',
    threshold: 'standard deviations above the mean',
    low: 0.5,
    high: 10,
    usual: 2.5,
  },
  autoclip: {
    label: 'AutoClip: all together, to a percentile',
    setting: 'percentile',
    threshold: 'percentile of the norms so far',
    low: 1,
    high: 100,
    usual: 10,
  },
  'block-rms': {
    label: 'each tensor, by its root mean square',
    setting: 'maxRms',
    threshold: 'largest root mean square',
    low: 1e-5,
    high: 1,
    usual: 0.001,
  },
  spike: {
    label: 'SPAM: each element, by its own history',
    setting: 'theta',
    threshold: 'times the mean square',
    low: 2,
    high: 10_000,
    usual: 5000,
  },
  spectral: {
    label: 'spectral: singular values of each tensor',
    setting: 'maxNorm',
    threshold: 'largest singular value',
    low: 0.001,
    high: 10,
    usual: 0.1,
  },
  'stable-spam': {
    label: 'Stable-SPAM: largest elements, then norms',
    setting: 'beta',
    threshold: 'share of the mean that is kept',
    low: 0.5,
    high: 0.999,
    usual: 0.999,
  },
  'global-norm': {
    label: 'all gradients together, by their norm',
    setting: 'maxNorm',
    threshold: 'largest norm',
    low: 0.001,
    high: 100,
    usual: 1,
  },
  value: {
    label: 'each element, by its size',
    setting: 'maxValue',
    threshold: 'largest size',
    low: 1e-5,
    high: 1,
    usual: 0.01,
  },
} as const satisfies Readonly<Record<string, ClipRuleFacts>>;

/** Name of a rule. */
export type ClipRule = keyof typeof CLIP_RULES;
