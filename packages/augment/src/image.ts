/** An image of bytes, row-major, channels last: the value of row y, column x, channel c is `data[(y * width + x) * channels + c]`. */
export interface Image {
  readonly data: Uint8Array;
  readonly height: number;
  readonly width: number;
  /** 1 (grey) or 3 (red, green, blue). */
  readonly channels: number;
}

/** An image in the layout of `Image` whose values, on the scale of 0..255, may be fractions and may leave that range. */
export interface FloatImage {
  readonly data: Float32Array;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Gives the next number of a stream, uniform in [0, 1). */
export type Random = () => number;

/** Makes an image of an image. All chance comes from `random`; the image that is given is not written to. */
export type SampleTransform = (image: Image, random: Random) => Image;

/**
 * Fails unless `image` has 1 or 3 channels and as many values as its sides say.
 *
 * @throws RangeError that starts with `who`.
 */
export function assertImage(who: string, image: Image | FloatImage): void {
  const { data, height, width, channels } = image;
  if (!(Number.isInteger(height) && Number.isInteger(width) && height >= 1 && width >= 1)) {
    throw new RangeError(`${who}: \`image\` must have whole sides from 1, got ${height} x ${width}.`);
  }
  if (channels !== 1 && channels !== 3) {
    throw new RangeError(`${who}: \`image.channels\` must be 1 or 3, got ${channels}.`);
  }
  if (data.length !== height * width * channels) {
    throw new RangeError(
      `${who}: \`image.data\` must have ${height} x ${width} x ${channels} = ${height * width * channels} values, got ${data.length}.`,
    );
  }
}
