import { blendLevel } from './blend.js';
import type { OpStyle } from './op-style.js';

/** New level of each of the 256. */
export type LevelTable = Uint8Array;

const { fround } = Math;

function tableOf(levelOf: (level: number) => number): LevelTable {
  // Not Uint8Array.from, with which the table takes longer than a small image.
  const table = new Uint8Array(256);
  for (let level = 0; level < 256; level++) table[level] = levelOf(level);
  return table;
}

export const invertTable = (): LevelTable => tableOf((level) => 255 - level);

/** Keeps the top `bits` bits. Of none, TensorFlow keeps one, as it shifts a byte by 7 at most. */
export function posterizeTable(bits: number, arithmetic: OpStyle['arithmetic']): LevelTable {
  const shift = Math.min(Math.max(8 - bits, 0), arithmetic === 'tensorflow' ? 7 : 8);
  return tableOf((level) => (level >> shift) << shift);
}

/** Inverts levels from `threshold` on. */
export function solarizeTable(threshold: number, overflow: OpStyle['solarizeOverflow']): LevelTable {
  const limit = overflow === 'wrap' ? threshold % 256 : threshold;
  return tableOf((level) => (level < limit ? level : 255 - level));
}

/** Adds to levels below 128. */
export function solarizeAddTable(addition: number): LevelTable {
  return tableOf((level) => (level < 128 ? Math.min(level + addition, 255) : level));
}

/** Blends every level with one: black for Brightness, a grey for Contrast. */
export function blendTable(grey: number, factor: number, rounding: OpStyle['blendRounding']): LevelTable {
  return tableOf((level) => blendLevel(grey, level, fround(factor), rounding));
}

/** Stretches the levels between the lowest and the highest of `histogram` to 0..255. */
export function autoContrastTable(histogram: Uint32Array, arithmetic: OpStyle['arithmetic']): LevelTable {
  const low = histogram.findIndex((count) => count > 0);
  const high = histogram.findLastIndex((count) => count > 0);
  if (high <= low) return tableOf((level) => level);
  const round = arithmetic === 'tensorflow' ? fround : (x: number) => x;
  const scale = round(255 / (high - low));
  const offset = round(-low * scale);
  return tableOf((level) => Math.min(Math.max(Math.trunc(round(round(level * scale) + offset)), 0), 255));
}

/** Spreads the levels so that they occur equally often. */
export function equalizeTable(histogram: Uint32Array, kind: OpStyle['equalizeTable']): LevelTable {
  const pixels = histogram.reduce((sum, count) => sum + count, 0);
  const table = new Uint8Array(256);
  let below = 0;
  if (kind === 'pillow') {
    const step = Math.floor((pixels - histogram.findLast((count) => count > 0)!) / 255);
    if (step === 0) return tableOf((level) => level);
    for (let level = 0; level < 256; level++) {
      table[level] = Math.min(Math.floor((below + Math.floor(step / 2)) / step), 255);
      below += histogram[level]!;
    }
    return table;
  }
  const lowest = histogram.find((count) => count > 0)!;
  if (lowest === pixels) return tableOf((level) => level);
  for (let level = 0; level < 256; level++) {
    below += histogram[level]!;
    table[level] = Math.max(Math.floor(((below - lowest) / (pixels - lowest)) * 255 + 0.5), 0);
  }
  return table;
}
