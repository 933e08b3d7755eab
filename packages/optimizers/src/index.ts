export { MomentumSGD, type MomentumSGDArgs, sgd } from './momentum-sgd.js';
