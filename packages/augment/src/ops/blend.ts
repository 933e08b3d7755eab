import type { OpStyle } from './op-style.js';

const { fround } = Math;

/**
 * `from + factor * (to - from)` in float32, clipped to 0..255, as a byte: 0 gives `from`, 1 gives `to`.
 *
 * @param factor A float32 number.
 */
export function blendLevel(from: number, to: number, factor: number, rounding: OpStyle['blendRounding']): number {
  return byteOf(fround(from + fround(factor * (to - from))), rounding === 'round' ? 0.5 : 0);
}

/** `blendLevel` for every value of two arrays of bytes; the first is written to. */
export function blendInto(from: Uint8Array, to: Uint8Array, factor: number, rounding: OpStyle['blendRounding']): void {
  const half = rounding === 'round' ? 0.5 : 0;
  const share = fround(factor);
  for (let i = 0; i < from.length; i++) {
    const start = from[i]!;
    from[i] = byteOf(fround(start + fround(share * (to[i]! - start))), half);
  }
}

function byteOf(value: number, half: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : (value + half) | 0;
}
