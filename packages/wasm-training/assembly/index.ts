export { convolve3d, convolve3dGradient } from './convolution-3d';
export { copyRuns, gatherRuns, repeatRuns } from './copy';
export { depthwise, depthwiseFilterGradient, depthwiseInputGradient } from './depthwise';
export {
  addBiasAndClip, clip, elementwiseUnits, equal, erf, exp, expm1, greater, greaterEqual, leakyRelu, notEqual, relu, relu6, rsqrt, select, selu, sign,
  softplus, sqrt, square, step, tanh, zip,
  E2, E3, E4, E5, E6, E7, ERF_1, ERF_2, ERF_3, ERF_4, ERF_5, ERF_P, EXPM1_MIN, EXP_MAX, EXP_MIN, L11, L13, L3, L5, L7, L9, LN2_HIGH, LN2_LOW, LOG2_E, ONE, ONE_BITS, ROUNDER, TANH_MAX, TANH_MIN,
} from './elementwise';
export { filterGradient, filterGradientScratch } from './filter-gradient';
export { gather, gatherScratch, gatherUnits, packedFilterSize, packFilter } from './gather';
export { matmulItems, transposedMatmul, transposedMatmulScratch } from './matmul';
export { averagePool, averagePoolGradient, maximumPool, maximumPoolGradient } from './pool';
export { addOthers, addOthersUnits, sum, sumUnits } from './reduce';
export { segmentSum } from './segment';
