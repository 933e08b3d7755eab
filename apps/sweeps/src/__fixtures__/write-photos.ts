import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import sharp from 'sharp';

/** Colours of the classes, which are easily told apart. */
const CLASSES = { amber: [220, 160, 30], blue: [40, 60, 210], green: [50, 190, 70] } as const;

/** An image of a class, JPEG or PNG by turns and of changing proportions, no two alike. */
async function photo(className: keyof typeof CLASSES, number: number): Promise<Buffer> {
  const [width, height] = number % 2 === 0 ? [48, 40] : [40, 56];
  const colour = CLASSES[className];
  const pixels = Uint8Array.from(
    { length: width * height * 3 },
    (_, k) => colour[k % 3]! + 20 * Math.sin(k * (0.01 + number / 100)),
  );
  const image = sharp(pixels, { raw: { width, height, channels: 3 } });
  return number % 3 === 0 ? image.png().toBuffer() : image.jpeg().toBuffer();
}

/** Names and contents of `perClass` images of each class: `amber/0.jpg`. */
export async function photos(perClass: number, from = 0): Promise<{ name: string; label: number; bytes: Buffer }[]> {
  const names = Object.keys(CLASSES) as (keyof typeof CLASSES)[];
  const numbers = Array.from({ length: perClass }, (_, i) => from + i);
  return Promise.all(
    names.flatMap((className, label) =>
      numbers.map(async (number) => ({
        name: `${className}/${number}.${number % 3 === 0 ? 'png' : 'jpg'}`,
        label,
        bytes: await photo(className, number),
      })),
    ),
  );
}

/** Writes a folder of images, `train/CLASS/...` and `val/CLASS/...`, of three classes. */
export async function writePhotos(folder: string, { train, test }: { train: number; test: number }): Promise<void> {
  for (const [part, perClass, from] of [
    ['train', train, 0],
    ['val', test, train],
  ] as const) {
    for (const { name, bytes } of await photos(perClass, from)) {
      const path = join(folder, part, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, bytes);
    }
  }
}
