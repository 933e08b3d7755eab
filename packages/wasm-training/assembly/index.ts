export { convolve3dGradient } from './convolution-3d';
export { convolve, convolveFilterGradient, convolveScratch, filterGradientScratch } from './convolution';
export { copyRuns, gatherRuns, repeatRuns } from './copy';
export { depthwiseGradient } from './depthwise';
export {
  equal, erf, exp, expm1, greater, greaterEqual, leakyRelu, maximum, minimum, notEqual, rsqrt, select, selu, sign,
  softplus, sqrt, tanh,
  E2, E3, E4, E5, E6, E7, ERF_1, ERF_2, ERF_3, ERF_4, ERF_5, ERF_P, EXPM1_MIN, EXP_MAX, EXP_MIN, L11, L13, L3, L5, L7, L9, LN2_HIGH, LN2_LOW, LOG2_E, ONE, ONE_BITS, ROUNDER, TANH_MAX, TANH_MIN,
} from './elementwise';
export { transposedMatmul, transposedMatmulScratch } from './matmul';
export { averagePoolGradient, maximumPoolGradient } from './pool';
export { sum } from './reduce';
export { segmentSum } from './segment';
