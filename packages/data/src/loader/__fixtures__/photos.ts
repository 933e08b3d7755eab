import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';

/** Writes a folder of three classes of `perClass` JPEGs, 60 x 40 or 40 x 60, no two alike. */
export async function writePhotos(folder: string, perClass: number): Promise<void> {
  for (const [label, className] of ['a', 'b', 'c'].entries()) {
    mkdirSync(join(folder, className));
    for (let i = 0; i < perClass; i++) {
      const [width, height] = i % 2 === 0 ? [60, 40] : [40, 60];
      const pixels = Uint8Array.from({ length: width! * height! * 3 }, (_, k) => (k * (1 + i)) / 37 + label * 80 + i * 5);
      const jpeg = await sharp(pixels, { raw: { width: width!, height: height!, channels: 3 } }).jpeg().toBuffer();
      writeFileSync(join(folder, className, `${i}.jpg`), jpeg);
    }
  }
}
