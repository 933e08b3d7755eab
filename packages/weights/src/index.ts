export { TensorFileError } from '@nfnets/safetensors';
export type { WeightSource } from './formats/open-weights.js';
export { type FromHubOptions, fromHub } from './hub/from-hub.js';
export type { PresetOrSpec } from './model/assert-spec.js';
export type { MisshapenWeight } from './model/fit-weights.js';
export { type LoadedWeights, type LoadWeightsOptions, loadWeights } from './model/load-weights.js';
export { type SaveWeightsOptions, saveWeights } from './model/save-weights.js';
export type { Naming } from './model/weight-names.js';
export type { ModelWeight, WeightedModel } from './model/weighted-model.js';
