const { fround } = Math;

/** A square part of an image, in pixels. */
export interface CropWindow {
  readonly top: number;
  readonly left: number;
  readonly side: number;
}

/**
 * The centre of a `height` x `width` image that becomes `testSize` pixels when the shorter side becomes
 * `testSize + margin`.
 *
 * Source: the authors' `dataset.py`, in its float32 arithmetic.
 */
export function centreWindow(height: number, width: number, testSize: number, margin: number): CropWindow {
  const padded = testSize + margin;
  const scale = Math.min(fround(height / padded), fround(width / padded));
  const side = Math.trunc(fround(scale * testSize));
  return { top: centreOffset(height, side), left: centreOffset(width, side), side };
}

/** Where a part of `partSize` begins in the middle of `size`, after the middle when it cannot be exact. */
export function centreOffset(size: number, partSize: number): number {
  return Math.floor((size - partSize + 1) / 2);
}
