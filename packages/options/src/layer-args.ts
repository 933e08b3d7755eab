import { aBoolean, anything, aText, integerFrom, oneOf, type Rule, rule } from './rules.js';

const shape: Rule = rule(
  'a list of sizes, null where any will do',
  (value) => Array.isArray(value) && value.every((size) => size === null || integerFrom(0).holds(size)),
);
const type: Rule = oneOf(['float32', 'int32', 'bool', 'complex64', 'string', null]);

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
  dtype: type,
  inputDType: type,
  weights: rule('a list of tensors, or null', (value) => value === null || Array.isArray(value)),
  // What tfjs adds to the config of a saved model.
  customObjects: anything,
} as const satisfies Readonly<Record<string, Rule>>;
