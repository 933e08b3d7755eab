/**
 * Functions that the language leaves to the engine, whose last bits differ between Node versions. These use additions,
 * products and quotients alone, which are the same everywhere, so that a seed gives the same pixels everywhere.
 * All are within a few units of the last place.
 */

/** ln 2 in two parts: products of the first with an exponent are exact. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

const bits = new DataView(new ArrayBuffer(8));

/** The natural logarithm of a positive, finite, normal number. */
export function logOf(x: number): number {
  bits.setFloat64(0, x);
  const high = bits.getUint32(0);
  let exponent = (high >>> 20) - 1023;
  bits.setUint32(0, (high & 0xfffff) | 0x3ff00000);
  let mantissa = bits.getFloat64(0);
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent += 1;
  }
  // ln m = 2 artanh s, with |s| < 0.172: eleven terms leave less than 1e-18.
  const s = (mantissa - 1) / (mantissa + 1);
  let sum = 0;
  for (let power = 23; power >= 1; power -= 2) sum = sum * s * s + 1 / power;
  return exponent * LN2_HIGH + (exponent * LN2_LOW + 2 * s * sum);
}

/** e to the power of x; 0 where the result would be below the smallest normal number. */
export function expOf(x: number): number {
  const exponent = Math.round(x / Math.LN2);
  if (exponent < -1022) return 0;
  if (exponent > 1023) return Number.POSITIVE_INFINITY;
  const rest = x - exponent * LN2_HIGH - exponent * LN2_LOW;
  let sum = 1;
  for (let i = 18; i >= 1; i--) sum = 1 + (rest * sum) / i;
  bits.setUint32(0, (exponent + 1023) << 20);
  bits.setUint32(4, 0);
  return sum * bits.getFloat64(0);
}

/** Cosine and sine of an angle in degrees; exact at quarter turns. */
export function cosSin(degrees: number): readonly [cos: number, sin: number] {
  const quarters = Math.round(degrees / 90);
  const angle = ((degrees - quarters * 90) * Math.PI) / 180;
  const square = angle * angle;
  let cos = 1;
  let sin = 1;
  for (let i = 18; i >= 2; i -= 2) {
    cos = 1 - (square * cos) / (i * (i - 1));
    sin = 1 - (square * sin) / (i * (i + 1));
  }
  sin *= angle;
  const turn = ((quarters % 4) + 4) % 4;
  if (turn === 0) return [cos, sin];
  if (turn === 1) return [-sin, cos];
  if (turn === 2) return [-cos, -sin];
  return [sin, -cos];
}
