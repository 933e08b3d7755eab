import { show } from '@nfnets/options';
import { isLabel, labelHint } from '../dataset/class-label.js';
import type { FilePart, Image, ImageSource, Sample } from '../dataset/image-source.js';
import { ImageError } from '../image-files/image-failure.js';

/** A sample whose image cannot be had. */
export interface UnreadSample {
  readonly name: string;
  readonly error: ImageError;
}

/**
 * The sample at `index` of `source`, or why its image cannot be had.
 *
 * @throws RangeError if its label is out of range: that is no fault of the image
 */
export async function readSample(source: ImageSource, index: number): Promise<Sample | UnreadSample> {
  let sample: Sample;
  try {
    sample = await source.read(index);
  } catch (error) {
    return { name: `image ${index}`, error: new ImageError('one that the source can read', error) };
  }
  const { image, label, name = `image ${index}` } = Object(sample) as Partial<Sample>;
  if (!isImage(image)) {
    const error = new ImageError('an image: pixels, the bytes of a file, or { path }', `got ${showImage(image)}`);
    return { name, error };
  }
  if (isLabel(label, source.numClasses)) return sample;
  throw new RangeError(
    `imageLoader: \`source\` must give labels in [0, ${source.numClasses}), got ${show(label)} for ${name}.${labelHint(label)}`,
  );
}

function isImage(image: unknown): boolean {
  if (image instanceof Uint8Array) return true;
  const { data, height, width, channels, path } = Object(image) as Partial<Image & FilePart>;
  if (data === undefined) return typeof path === 'string';
  return data instanceof Uint8Array && data.length > 0 && data.length === height! * width! * channels!;
}

function showImage(image: unknown): string {
  const { data, height, width, channels } = Object(image) as Partial<Image>;
  if (data instanceof Uint8Array) return `${data.length} bytes for ${height} x ${width} x ${channels}`;
  return ArrayBuffer.isView(data) ? `pixels in ${show(data)} in place of a Uint8Array` : show(image);
}
