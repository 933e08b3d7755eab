// Samples in; means, distributions, tests and numbers of seeds out. Pure, of numbers alone: knows nothing of sweeps.

export { varianceShares } from './factorial-anova.js';
export { fisherGreater, seedsForFisher } from './fisher-exact.js';
export { holm } from './holm.js';
export { mulberry32 } from './mulberry32.js';
export { fitNoise, moderate, type NoisePrior } from './noise-prior.js';
export { type Parameter, pedAnova } from './ped-anova.js';
export { type Pilot, samplesFor } from './sample-size.js';
export { meanOf, sampleSd } from './sample-statistics.js';
export { studentTCdf, studentTQuantile } from './student-t.js';
