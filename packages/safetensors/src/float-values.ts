import { show } from '@nfnets/options';

/**
 * The float32 values of little-endian bytes at the start of their buffer; for F32 without a copy, for F64 rounded.
 *
 * @param dtype By safetensors' name.
 * @param bytes Little-endian, at the start of their buffer, as {@link ByteSource} and {@link ContiguousTensor} give them.
 * @returns undefined for a type that is not F32, F16, BF16 or F64.
 * @throws TypeError when `bytes` is no Uint8Array at the start of its buffer.
 * @example
 * ```ts
 * import { floatValues } from '@nfnets/safetensors';
 *
 * const halves = new Uint8Array(new Uint16Array([0x3c00, 0xc000]).buffer);
 * console.log(floatValues(halves, 'F16')); // Float32Array [1, -2]
 * ```
 */
export function floatValues(bytes: Uint8Array<ArrayBuffer>, dtype: string): Float32Array | undefined {
  if (!(bytes instanceof Uint8Array) || bytes.byteOffset !== 0) {
    throw new TypeError(`floatValues: \`bytes\` must be a Uint8Array at the start of its buffer, got ${show(bytes)}.`);
  }
  if (dtype === 'F64') return Float32Array.from(new Float64Array(bytes.buffer, 0, bytes.length / 8));
  if (dtype === 'F32') return new Float32Array(bytes.buffer, 0, bytes.length / 4);
  if (dtype !== 'F16' && dtype !== 'BF16') return undefined;
  const halves = new Uint16Array(bytes.buffer, 0, bytes.length / 2);
  const values = new Float32Array(halves.length);
  const bits = new Uint32Array(values.buffer);
  if (dtype === 'BF16') for (let i = 0; i < halves.length; i++) bits[i] = halves[i]! << 16;
  else for (let i = 0; i < halves.length; i++) bits[i] = float32Bits(halves[i]!);
  return values;
}

/**
 * Rounds to the nearest float16, ties to even; what is beyond 65504 becomes infinite.
 *
 * @param values The values; theirs is not changed.
 * @returns Their bits, half the bytes.
 * @throws TypeError for what is no Float32Array.
 * @example
 * ```ts
 * import { toFloat16 } from '@nfnets/safetensors';
 *
 * const bytes = new Uint8Array(toFloat16(Float32Array.of(1, -2)).buffer); // 4 bytes of dtype F16
 * ```
 */
export function toFloat16(values: Float32Array): Uint16Array<ArrayBuffer> {
  if (!(values instanceof Float32Array)) {
    throw new TypeError(`toFloat16: \`values\` must be a Float32Array, got ${show(values)}.`);
  }
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < halves.length; i++) halves[i] = float16Bits(bits[i]!);
  return halves;
}

function float32Bits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 31;
  const fraction = half & 0x3ff;
  if (exponent === 31) return sign | 0x7f800000 | (fraction << 13);
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  // A subnormal half is a normal float: the leading one moves to where it is implied.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}

function float16Bits(float: number): number {
  const sign = (float >>> 16) & 0x8000;
  const exponent = ((float >>> 23) & 255) - 112;
  const fraction = float & 0x7fffff;
  if (exponent === 143) return sign | 0x7c00 | (fraction === 0 ? 0 : 0x200);
  if (exponent >= 31) return sign | 0x7c00;
  if (exponent > 0) return sign | roundedShift((exponent << 23) | fraction, 13);
  if (exponent < -10) return sign;
  return sign | roundedShift(fraction | 0x800000, 14 - exponent);
}

/** `value >> shift`, rounded to nearest, ties to even. A carry into the exponent is the next power of two, as it should be. */
function roundedShift(value: number, shift: number): number {
  const kept = value >>> shift;
  const rest = value & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return rest > half || (rest === half && (kept & 1) === 1) ? kept + 1 : kept;
}
