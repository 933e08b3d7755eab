export { TensorFileError } from '@nfnets/safetensors';
export type { PresetOrSpec } from './assert-spec.js';
export type { MisshapenWeight } from './fit-weights.js';
export { type FromHubOptions, fromHub } from './from-hub.js';
export { type LoadedWeights, type LoadWeightsOptions, loadWeights } from './load-weights.js';
export type { WeightSource } from './open-weights.js';
export { type SaveWeightsOptions, saveWeights } from './save-weights.js';
export type { ModelWeight, Naming, WeightedModel } from './weight-names.js';
