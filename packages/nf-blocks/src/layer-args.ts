import type { Rule } from '@nfnets/options';
import type * as tfl from '@tensorflow/tfjs-layers';

/** What every tf layer takes (`name`, `trainable`, ...), which tfjs-layers does not export by name. */
export type LayerArgs = NonNullable<ConstructorParameters<typeof tfl.layers.Layer>[0]>;

/** A finite number. */
export const aFactor: Rule = { text: 'finite', holds: Number.isFinite, type: 'number' };

/** A finite number that is not 0. */
export const aNonZeroFactor: Rule = {
  text: 'finite and not 0',
  holds: (value) => Number.isFinite(value) && value !== 0,
  type: 'number',
};

/** The probability of dropping. */
export const aRate: Rule = {
  text: 'in [0, 1)',
  holds: (value) => typeof value === 'number' && value >= 0 && value < 1,
  type: 'number',
};

/** A share, or another factor above zero. */
export const aShare: Rule = {
  text: 'greater than 0',
  holds: (value) => typeof value === 'number' && value > 0 && value < Infinity,
  type: 'number',
};

/** The seed of initial values. */
export const aSeed: Rule = { text: 'a whole number', holds: Number.isSafeInteger, type: 'number' };
