import type { Image } from '../dataset/image-source.js';

/** Shares of red, green and blue of a grey level, in 65536ths: 0.299, 0.587, 0.114 (ITU-R 601-2). */
const LUMA = { red: 19595, green: 38470, blue: 7471 };

/** The grey levels of an image of red, green and blue, as Pillow's `convert('L')` and torchvision's `Grayscale` have them. */
export function luma({ data, height, width }: Image): Image {
  const grey = new Uint8Array(height * width);
  for (let pixel = 0, at = 0; pixel < grey.length; pixel++, at += 3) {
    grey[pixel] = (data[at]! * LUMA.red + data[at + 1]! * LUMA.green + data[at + 2]! * LUMA.blue + 0x8000) >> 16;
  }
  return { data: grey, height, width, channels: 1 };
}

/** Red, green and blue of an image of four inks, as Pillow's `convert('RGB')` has them, which knows no profiles. */
export function cmykToRgb({ data, height, width }: Image): Image {
  const colours = new Uint8Array(height * width * 3);
  for (let from = 0, to = 0; from < data.length; from += 4) {
    const light = 255 - data[from + 3]!;
    for (let ink = 0; ink < 3; ink++) colours[to++] = Math.max(0, light - product(data[from + ink]!, light));
  }
  return { data: colours, height, width, channels: 3 };
}

/** The nearest byte of a product of two, where 255 is one. */
function product(a: number, b: number): number {
  const sum = a * b + 128;
  return ((sum >> 8) + sum) >> 8;
}
