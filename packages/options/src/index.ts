export {
  assertFactors,
  assertInRange,
  assertInteger,
  assertNames,
  assertPositive,
} from './assert-option.js';
export { checkOptions, type OptionRules } from './check-options.js';
export { LAYER_ARGS } from './layer-args.js';
export { nearest } from './nearest.js';
export {
  aBoolean,
  aFunction,
  anything,
  aText,
  integerFrom,
  numberIn,
  oneOf,
  positive,
  type Rule,
  rule,
} from './rules.js';
export { show } from './show.js';
