import { adam, adamW, lamb, lars, muon, rmspropTF, sgd, stableAdamW } from '../index.js';
import type { SlotOptimizerArgs } from '../slot-optimizer-args.js';

/** Every factory, by its name. */
export const FACTORIES = { sgd, adam, adamW, stableAdamW, lars, lamb, rmspropTF, muon };

type Args = SlotOptimizerArgs & { readonly exclude?: readonly string[] };

/** Every optimizer with all its slots: options that are not the defaults. Those without decay have no `exclude`. */
export const VARIANTS = {
  sgd: ({ exclude: _, ...args }: Args) => sgd({ momentum: 0.8, ...args }),
  adam: ({ exclude: _, ...args }: Args) => adam({ beta1: 0.8, ...args }),
  adamW: (args: Args) => adamW({ weightDecay: 0.25, eps: 1e-4, ...args }),
  stableAdamW: (args: Args) => stableAdamW({ weightDecay: 0.25, beta2: 0.8, ...args }),
  lars: (args: Args) => lars({ weightDecay: 0.25, trustCoefficient: 0.125, ...args }),
  lamb: (args: Args) => lamb({ weightDecay: 0.25, beta2: 0.9, ...args }),
  muon: (args: Args) =>
    muon({
      weightDecay: 0.25,
      nsCoefficients: 'polarExpress',
      convMode: 'batched',
      adjustLearningRate: 'matchRmsAdamW',
      fallbackRateFactor: 0.5,
      beta2: 0.8,
      ...args,
    }),
  'muon, sgd': (args: Args) => muon({ momentum: 0.5, nesterov: false, nsSteps: 2, fallback: 'sgd', ...args }),
  rmspropTF: ({ exclude: _, ...args }: Args) => rmspropTF({ momentum: 0.5, eps: 0.125, ...args }),
};
