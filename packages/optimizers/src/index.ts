export { type AdamArgs, AdamW, type AdamWArgs, adam, adamW } from './adam-w.js';
export { Lamb, type LambArgs, lamb } from './lamb.js';
export { Lars, type LarsArgs, lars } from './lars.js';
export { MomentumSGD, type MomentumSGDArgs, sgd } from './momentum-sgd.js';
export { Muon, muon } from './muon.js';
export type { MuonArgs } from './muon-args.js';
export { RMSPropTF, type RMSPropTFArgs, rmspropTF } from './rmsprop-tf.js';
export { StableAdamW, type StableAdamWArgs, stableAdamW } from './stable-adam-w.js';
