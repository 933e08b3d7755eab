export {
  cumulateFloats, cumulateIntegers, normalizeBatch, placeOfMaximum, placeOfMaximumInteger, placeOfMinimum, placeOfMinimumInteger, softmax,
} from './along-axis';
export { flagToFloat, flagToInteger, floatToFlag, floatToInteger, integerToFlag, integerToFloat, isFiniteFlag, isInfiniteFlag, isNaNFlag } from './cast';
export { convolve3d, convolve3dFilterGradient, convolve3dInputGradient } from './convolution-3d';
export { copyRuns, gatherRuns, repeatRuns } from './copy';
export { depthwise, depthwiseFilterGradient, depthwiseInputGradient } from './depthwise';
export {
  abs, addBiasAndClip, ceil, clip, elu, floor, log1p, neg, reciprocal, round,
  elementwiseUnits, erf, exp, expm1, leakyRelu, log, relu, relu6, rsqrt, selu, sigmoid, sign, softplus, sqrt, square, step, tanh,
  E2, E3, E4, E5, E6, E7, ERF_1, ERF_2, ERF_3, ERF_4, ERF_5, ERF_P, EXPM1_MIN, EXPONENT_ROUNDER, EXP_MAX, EXP_MIN, L11, L13, L3, L5, L7, L9, LEAST_NORMAL, LN2_HIGH, LN2_LOW, LOG2_E, LOGISTIC_MIN, ONE, ONE_BITS, ROOT_HALF_BITS, ROUNDER, TANH_MAX, TANH_MIN,
} from './elementwise';
export { fill, oneHot, oneHotBytes } from './fill';
export { filterGradient, filterGradientScratch } from './filter-gradient';
export {
  foldAll, foldAny, foldIntegerMaximum, foldIntegerMinimum, foldIntegerProduct, foldIntegerSum, foldMaximum, foldMinimum, foldProduct,
} from './fold';
export { fused, fusedScratch, fusedUnits } from './fused';
export { gather, gatherScratch, gatherUnits, packedFilterSize, packFilter } from './gather';
export { matmulItems, multiplyFew, multiplyFewUnits, transposedMatmul, transposedMatmulScratch } from './matmul';
export { pad } from './pad';
export { averagePool, averagePoolGradient, maximumPool, maximumPoolGradient } from './pool';
export { runStages } from './program';
export { addOthers, addOthersUnits, reductionUnits, sum } from './reduce';
export { segmentSum, segmentSumUnits } from './segment';
export { copyStrided, transposeMatrices, transposeUnits } from './strided';
export { pow } from './pow';
export { equal, greater, greaterEqual, notEqual, select, zip } from './zip';
export {
  addIntegers, eluGradient, equalIntegers, greaterEqualIntegers, greaterIntegers, logicalAnd, logicalNot, logicalOr, maximumOfIntegers,
  minimumOfIntegers, multiplyIntegers, notEqualIntegers, prelu, selectFlags, squaredDifference, subtractIntegers, subtractIntegersFrom,
} from './zip-others';
