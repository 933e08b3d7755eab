import {
  aBoolean,
  anything,
  assertFactors,
  assertInRange,
  checkOptions,
  type OptionRules,
  type Rule,
} from '@nfnets/options';

/** What every optimizer of this package takes. */
export interface SlotOptimizerArgs {
  /** Size of a step, finite and >= 0; `setLearningRate` changes it. */
  readonly learningRate: number;
  /**
   * What the learning rate is multiplied by, by layer (`'stem'`) or weight (`'head/kernel'`, which goes before its layer).
   * 0 freezes: no update, no decay, no slots. Default 1 for all.
   */
  readonly rateFactors?: Readonly<Record<string, number>>;
  /**
   * Whether only those elements of a step are made that go against their gradient, scaled up by their share in the tensor (Liang et al.
   * 2024): momentum never climbs. Default false.
   */
  readonly cautious?: boolean;
}

/** Rules for what an optimizer takes besides; values without a rule are looked at where they are taken. */
export type OwnRules<Args extends SlotOptimizerArgs> = OptionRules<Omit<Args, keyof SlotOptimizerArgs>>;

/** What other software calls them, or has in an optimizer. */
const INSTEAD = {
  epsilon: 'It is `eps` here.',
  betas: 'They are `beta1` and `beta2` here.',
  weightDecay: 'Put addDecayedWeights({ weightDecay }) of @nfnets/agc in front, or take adamW, lars or lamb.',
  weight_decay: 'Put addDecayedWeights({ weightDecay }) of @nfnets/agc in front, or take adamW, lars or lamb.',
  clipnorm: 'Put clipByGlobalNorm({ maxNorm }) of @nfnets/agc in front.',
  clipvalue: 'Put clipByValue({ maxValue }) of @nfnets/agc in front.',
  useNesterov: 'It is `nesterov` here.',
  caution: 'It is `cautious` here.',
};

/** Throws unless `args` has a rate, and factors of it at most; `who` starts the message. */
export function assertRates(who: string, { learningRate, rateFactors = {} }: SlotOptimizerArgs): void {
  assertInRange(who, 'learningRate', learningRate, 0);
  assertFactors(who, 'rateFactors', rateFactors);
}

/** Throws for an option that an optimizer does not have; `ownRules` has those beside what all have. */
export function checkArgs(who: string, args: unknown, ownRules: Readonly<Record<string, Rule>>): void {
  const rules = { learningRate: anything, rateFactors: anything, cautious: aBoolean, ...ownRules };
  const instead = Object.fromEntries(Object.entries(INSTEAD).filter(([name]) => !Object.hasOwn(rules, name)));
  checkOptions<SlotOptimizerArgs>(who, args, rules, { instead });
}
