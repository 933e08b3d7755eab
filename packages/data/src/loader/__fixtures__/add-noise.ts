// Transforms of a user's own, as a module that a worker imports.
import type { Image, Random } from '@nfnets/augment';

/** Adds one random number to all pixels. */
export default function addNoise(image: Image, random: Random): Image {
  const noise = Math.floor(random() * 100);
  return { ...image, data: image.data.map((value) => value + noise) };
}

/** Makes images of the wrong size. */
export function halve(image: Image): Image {
  return { ...image, height: image.height / 2, data: image.data.slice(image.data.length / 2) };
}

/** Does not take images of odd sides. */
export function refuseOdd(image: Image): Image {
  if (image.width % 2 === 1) throw new Error(`I do not like ${image.width}.`);
  return image;
}

/** Ends the worker, as running out of memory does. */
export function crash(): never {
  process.exit(3);
}

export const notAFunction = 1;
