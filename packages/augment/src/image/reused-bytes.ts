import type { Image } from './image.js';

/** Memory of images that nobody needs any more. A pipeline has two images at a time, so that few arrays do for all. */
const spare: Uint8Array[] = [];
const MAX_SPARE = 4;

/**
 * Bytes to be overwritten, all of them: they hold anything. Memory that was used before is in the caches, and leaves the
 * garbage collector nothing to do; a fresh array for each operation takes as long as the operations.
 */
export function bytesToFill(length: number): Uint8Array {
  const place = spare.findLastIndex((bytes) => bytes.length === length);
  return place < 0 ? new Uint8Array(length) : spare.splice(place, 1)[0]!;
}

/** Applies steps one after the other. The memory of images between them is used again; the first and the last are the caller's. */
export function applyInTurn(image: Image, steps: Iterable<(image: Image) => Image>): Image {
  let current = image;
  for (const step of steps) {
    const next = step(current);
    if (current.data !== image.data && current.data !== next.data) {
      spare.push(current.data);
      if (spare.length > MAX_SPARE) spare.shift();
    }
    current = next;
  }
  return current;
}
