import { aBoolean, anything, aText, integerFrom, type Rule, rule } from './rules.js';

const shape: Rule = rule('a list of sizes, null where any will do', Array.isArray);

/**
 * Rules for what every layer of TensorFlow.js takes, to be spread among those of a layer of one's own. `getConfig` writes some of
 * them, so that a saved model hands them to the constructor too.
 */
export const LAYER_ARGS = {
  name: aText,
  trainable: aBoolean,
  inputShape: shape,
  batchInputShape: shape,
  batchSize: rule('a whole number from 1, or null', (value) => value === null || integerFrom(1).holds(value)),
  dtype: rule("a type such as 'float32'", (value) => value === null || typeof value === 'string'),
  inputDType: rule("a type such as 'float32'", (value) => value === null || typeof value === 'string'),
  weights: anything,
  // What tfjs adds to the config of a saved model.
  customObjects: anything,
} as const satisfies Readonly<Record<string, Rule>>;
