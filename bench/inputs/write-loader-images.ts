import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';

/** Records of the small images: as many as a pass takes. */
const SMALL_COUNT = 10_000;

/** Writes small images in colour as CIFAR-10 has them, all bytes random: `test_batch.bin`. */
export function writeSmallImages(folder: string): void {
  const bytes = new Uint8Array(SMALL_COUNT * 3073);
  const random = numbers(1);
  for (let i = 0; i < bytes.length; i++) bytes[i] = random() * 256;
  for (let i = 0; i < bytes.length; i += 3073) bytes[i]! %= 10;
  writeFileSync(join(folder, 'test_batch.bin'), bytes);
}

/**
 * Writes `count` JPEGs of 500 x 375 in two classes, as detailed as photographs are: patterns of eight scales, whose strength
 * falls as they become finer; 45 to 50 KB each.
 */
export async function writePhotos(folder: string, count: number): Promise<void> {
  const [width, height] = [500, 375];
  const random = numbers(2);
  for (const name of ['a', 'b']) mkdirSync(join(folder, name));
  for (let image = 0; image < count; image++) {
    const sum = new Float32Array(width * height * 3);
    for (let scale = 2, strength = 90; scale <= 128; scale *= 2, strength *= 0.62) {
      const [columns, rows] = [scale * 4, scale * 3];
      const cells = Uint8Array.from({ length: columns * rows * 3 }, () => random() * 256);
      const pattern = await sharp(cells, { raw: { width: columns, height: rows, channels: 3 } })
        .resize(width, height, { kernel: 'cubic', fit: 'fill' })
        .raw()
        .toBuffer();
      for (let i = 0; i < sum.length; i++) sum[i]! += (pattern[i]! / 127 - 1) * strength;
    }
    const pixels = Uint8ClampedArray.from(sum, (value) => 128 + value);
    const jpeg = await sharp(pixels, { raw: { width, height, channels: 3 } })
      .jpeg({ quality: 90 })
      .toBuffer();
    writeFileSync(join(folder, image % 2 === 0 ? 'a' : 'b', `${image}.jpg`), jpeg);
  }
}

/** Numbers in [0, 1), the same in every run: mulberry32. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), bits | 61)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
