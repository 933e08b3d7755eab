import { show } from '@nfnets/options';

/** An image of bytes, row-major, channels last: the value of row y, column x, channel c is `data[(y * width + x) * channels + c]`. */
export interface Image {
  readonly data: Uint8Array;
  readonly height: number;
  readonly width: number;
  /** 1 (grey) or 3 (red, green, blue). */
  readonly channels: number;
}

/**
 * An image in the layout of `Image` whose values, on the scale of 0..255, may be fractions and may leave that range. Values of
 * 0..1 are not told from a black picture: multiply them by 255.
 */
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

/** Makes of `apply` a transform that checks what it is given. */
export function checkedTransform(who: string, apply: SampleTransform): SampleTransform {
  return (image, random) => {
    assertImage(who, image);
    assertRandom(who, random);
    return apply(image, random);
  };
}

/**
 * Fails unless `image` holds bytes, has 1 or 3 channels, and as many values as its sides say.
 *
 * @throws TypeError if it is no image, or holds other values than bytes; else RangeError. The error starts with `who`.
 */
export function assertImage(who: string, image: Image): void {
  assertLayout(who, image);
  const type = typeOf(image.data);
  if (type === 'Uint8Array') return;
  const wayOut =
    type === 'Float32Array'
      ? '. `toBytes` makes bytes of floats of 0..255; multiply floats of 0..1 by 255 before.'
      : '. Uint8Array.from(values) makes bytes of levels of 0..255.';
  throw new TypeError(`${who}: \`image.data\` must be a Uint8Array of 0..255, got ${typeName(image.data)}${wayOut}`);
}

/** The same for an image of bytes or of floats. */
export function assertImageOrFloats(who: string, image: Image | FloatImage): void {
  assertLayout(who, image);
  if (['Uint8Array', 'Float32Array'].includes(typeOf(image.data))) return;
  throw new TypeError(
    `${who}: \`image.data\` must be a Uint8Array, or a Float32Array on the scale of 0..255, got ${typeName(image.data)}.`,
  );
}

/** Fails unless `random` is a function. */
export function assertRandom(who: string, random: Random): void {
  if (typeof random === 'function') return;
  throw new TypeError(
    `${who}: \`random\` must be a function that gives numbers in [0, 1), such as Math.random or seededRandom(1), got ${show(random)}.`,
  );
}

function assertLayout(who: string, image: Image | FloatImage): void {
  if (typeof image !== 'object' || image === null) {
    throw new TypeError(`${who}: \`image\` must be { data, height, width, channels }, got ${show(image)}.`);
  }
  const { data, height, width, channels } = image;
  if (!(Number.isInteger(height) && Number.isInteger(width) && height >= 1 && width >= 1)) {
    throw new RangeError(`${who}: \`image\` must have whole sides from 1, got ${height} x ${width}.`);
  }
  if (channels !== 1 && channels !== 3) {
    const wayOut = channels === 4 ? ' Put transparency on a colour first.' : '';
    throw new RangeError(`${who}: \`image.channels\` must be 1 or 3, got ${channels}.${wayOut}`);
  }
  if (data?.length !== height * width * channels) {
    throw new RangeError(
      `${who}: \`image.data\` must have ${height} x ${width} x ${channels} = ${height * width * channels} values, got ${data?.length ?? show(data)}.`,
    );
  }
}

/** Of a typed array; not by its constructor, which in another realm is another, and of Node's buffers is Buffer. */
function typeOf(data: Uint8Array | Float32Array): string {
  return data[Symbol.toStringTag] ?? '';
}

function typeName(data: Uint8Array | Float32Array): string {
  return Array.isArray(data) ? 'an array' : `a ${typeOf(data) || typeof data}`;
}
