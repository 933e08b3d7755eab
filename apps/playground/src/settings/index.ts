// What can be set, from values to links and back: tables and pure functions, which the page, the worker and the tests share.
export { CLIP_RULES, type ClipRule } from './clip-rules.js';
export {
  BASE_RATES,
  BATCH_SIZES,
  DATA,
  type DataName,
  DEFAULTS,
  type EngineName,
  EPOCHS,
  FIXED,
  IMAGE_COUNTS,
  learningRateOf,
  NETS,
  type NetName,
  type Settings,
} from './settings.js';
export { fromLink, toLink } from './settings-link.js';
export { placeOf, SLIDER_STEPS, valueAt } from './slider-scale.js';
