/** Dimensions that there are direction numbers for. */
export const SOBOL_DIMENSIONS = 8;

/**
 * Degree and coefficients of a primitive polynomial, and the first direction numbers, of dimensions 2 to 8.
 *
 * Source: Joe & Kuo 2008, `new-joe-kuo-6.21201`.
 */
const POLYNOMIALS = [
  { degree: 1, coefficients: 0, first: [1] },
  { degree: 2, coefficients: 1, first: [1, 3] },
  { degree: 3, coefficients: 1, first: [1, 3, 1] },
  { degree: 3, coefficients: 2, first: [1, 1, 1] },
  { degree: 4, coefficients: 1, first: [1, 1, 3, 3] },
  { degree: 4, coefficients: 4, first: [1, 3, 5, 13] },
  { degree: 5, coefficients: 2, first: [1, 1, 5, 5, 17] },
] as const;

const BITS = 32;

/**
 * The point of number `index`, from 0, of the Sobol sequence in `dimensions` dimensions, each coordinate in [0, 1): points
 * that fill the cube more evenly than random ones, however many are taken. Pure.
 *
 * Source: Sobol 1967 with the direction numbers of Joe & Kuo 2008, in the order of Gray codes (Antonov & Saleev 1979).
 */
export function sobolPoint(index: number, dimensions: number): number[] {
  const gray = (index ^ (index >>> 1)) >>> 0;
  return Array.from({ length: dimensions }, (_, dimension) => {
    const directions = DIRECTIONS[dimension]!;
    let bits = 0;
    for (let bit = 0; bit < BITS; bit++) if ((gray >>> bit) & 1) bits ^= directions[bit]!;
    return (bits >>> 0) / 2 ** BITS;
  });
}

/** Direction numbers of every dimension, as integers of `BITS` bits. */
const DIRECTIONS: readonly (readonly number[])[] = [
  // The first dimension is van der Corput's sequence.
  Array.from({ length: BITS }, (_, i) => (1 << (BITS - 1 - i)) >>> 0),
  ...POLYNOMIALS.map(({ degree, coefficients, first }) => {
    const directions = first.map((value, i) => (value << (BITS - 1 - i)) >>> 0);
    for (let i = degree; i < BITS; i++) {
      let value = directions[i - degree]! ^ (directions[i - degree]! >>> degree);
      for (let k = 1; k < degree; k++) {
        if ((coefficients >>> (degree - 1 - k)) & 1) value ^= directions[i - k]!;
      }
      directions.push(value >>> 0);
    }
    return directions;
  }),
];
