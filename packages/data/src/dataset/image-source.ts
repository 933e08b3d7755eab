import type { Normalization } from './normalization.js';

/** An image of bytes, row-major, channels last: what `@nfnets/augment` works on. */
export interface Image {
  readonly data: Uint8Array;
  readonly height: number;
  readonly width: number;
  /** 1 (grey) or 3 (red, green, blue). */
  readonly channels: number;
}

/** A part of a file, which holds an encoded image; the whole file without `start` and `length`. */
export interface FilePart {
  readonly path: string;
  /** Offset of the first byte. */
  readonly start?: number;
  readonly length?: number;
}

/** A labelled image as a source stores it. */
export interface Sample {
  /** The class number, from 0. */
  readonly label: number;
  /** Pixels; or the content of an image file (JPEG, PNG, ...); or where that content is. */
  readonly image: Image | Uint8Array | FilePart;
  /** What an error calls it: a path, a key, a row. */
  readonly name: string;
}

/** Labelled images of a known number that can be read one by one, in any order: what `imageLoader` makes batches of. */
export interface ImageSource {
  readonly length: number;
  readonly numClasses: number;
  readonly classNames?: readonly string[];
  /** Channels of the images, where the source holds pixels. */
  readonly channels?: number;
  /** Files that lie among the samples and were taken for none of them, where there are some. */
  readonly leftOut?: readonly string[];
  /** Of values of 0..255, where the source knows it. */
  readonly normalization?: Normalization;
  /** The sample at `index`. May be asked for several at once. */
  read(index: number): Sample | Promise<Sample>;
}
