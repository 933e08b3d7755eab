export { describeLayer } from './describe-layer.js';
export { fnv1a, goldenValues, mulberry32 } from './golden-values.js';
export { expectTensorClose, relativeError, type Tolerance } from './tensor-matchers.js';
export { NEEDS_GPU, useSoftwareGpu } from './use-software-gpu.js';
export { variableOf, withVariables } from './with-variables.js';
