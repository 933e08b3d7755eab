/** Steps that are timed beside plain ones by SGD: another optimizer, or a rule of clipping. */
export const STEP_KINDS = [
  'muon',
  'clipByGlobalNorm',
  'clipByValue',
  'clipByBlockRms',
  'AGC, soft',
  'AGC, a norm a tensor',
  'adaGC',
  'zClip',
  'autoClip',
  'spikeClip',
  'adaClip and adaGN',
  'spectralClip, soft',
] as const;

export type StepKind = (typeof STEP_KINDS)[number];
