/** 97.5 % quantiles of Student's t with 1 to 30 degrees of freedom. */
const QUANTILES = [
  12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622, 2.2281, 2.201, 2.1788, 2.1604, 2.1448, 2.1314,
  2.1199, 2.1098, 2.1009, 2.093, 2.086, 2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423,
];
/** That of the normal distribution. */
const NORMAL = 1.959964;

/**
 * The 97.5 % quantile of Student's t with `freedom` >= 1 degrees of freedom: half the width of a 95 % interval in standard
 * errors. Beyond the table by the first three terms of its expansion (Abramowitz and Stegun 26.7.5), to five digits.
 */
export function studentT(freedom: number): number {
  const z = NORMAL;
  return (
    QUANTILES[freedom - 1] ??
    z +
      (z ** 3 + z) / (4 * freedom) +
      (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2) +
      (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * freedom ** 3)
  );
}
