import { checkOptions, numberIn } from '@nfnets/options';
import { checkedTransform, type Image, type SampleTransform } from '../image/image.js';
import { inKernel, NO_TABLE } from '../image/in-kernel.js';
import { bytesToFill } from '../image/reused-bytes.js';

/** Options of {@link horizontalFlip}. */
export interface HorizontalFlipOptions {
  /** Chance that an image is flipped. Default 0.5. */
  readonly probability?: number;
}

/**
 * Flips an image left to right, by chance. One draw.
 *
 * @throws TypeError or RangeError for an option that is unknown or out of its range.
 * @example
 * ```ts
 * import { horizontalFlip, seededRandom } from '@nfnets/augment';
 *
 * const flip = horizontalFlip({ probability: 1 });
 * const { data } = flip({ data: Uint8Array.of(1, 2, 3), height: 1, width: 3, channels: 1 }, seededRandom(0));
 * console.log(data); // Uint8Array [3, 2, 1]
 * ```
 */
export function horizontalFlip(options: HorizontalFlipOptions = {}): SampleTransform {
  checkOptions<HorizontalFlipOptions>('horizontalFlip', options, { probability: numberIn(0, 1) });
  const { probability = 0.5 } = options;
  return checkedTransform('horizontalFlip', (image, random) => (random() < probability ? mirrored(image) : image));
}

/** The image with its columns in reverse. */
function mirrored(image: Image): Image {
  const { data, height, width, channels } = image;
  const made =
    channels === 3
      ? inKernel(data, NO_TABLE, (kernel, from, _, to) => kernel.mirror(from, height, width, to))
      : undefined;
  return { data: made ?? mirroredInScript(image), height, width, channels };
}

function mirroredInScript({ data, width, channels }: Image): Uint8Array {
  const result = bytesToFill(data.length);
  const rowLength = width * channels;
  for (let row = 0; row < data.length; row += rowLength) {
    for (let x = 0, from = row + rowLength - channels, to = row; x < width; x++, from -= channels, to += channels) {
      result[to] = data[from]!;
      if (channels === 1) continue;
      result[to + 1] = data[from + 1]!;
      result[to + 2] = data[from + 2]!;
    }
  }
  return result;
}
