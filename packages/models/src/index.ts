export { type CreateModelOptions, createModel } from './create-model.js';
export { NFNET, type NFNetName, type NFNetSpec } from './nfnet-specs.js';
export { type BlockPlan, planBlocks } from './plan-blocks.js';
export { countParameters, planWeights, type WeightPlan } from './plan-weights.js';
