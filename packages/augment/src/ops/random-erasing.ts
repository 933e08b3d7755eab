import { checkOptions, integerFrom, numberIn, type OptionRules, oneOf, rule } from '@nfnets/options';
import type { CropBox } from '../crops/crop-box.js';
import { roundHalfToEven } from '../crops/interpolation-taps.js';
import { checkedTransform, type Image, type Random, type SampleTransform } from '../image/image.js';
import { aspectRange, rangeIn } from '../image/option-rules.js';
import { drawBelow, drawBetween, drawNormal } from '../random/draws.js';
import { expOf, logOf } from '../random/portable-math.js';
import { coverBox } from './cutout.js';

/** Options of {@link randomErasing}. */
export interface RandomErasingOptions {
  /** Chance that an image is erased. Default 0.5. */
  readonly probability?: number;
  /** Share of the image that is erased, all boxes together, `[low, high]`. Default [0.02, 1/3]. */
  readonly area?: readonly [number, number];
  /** Height / width of a box, `[low, high]`, its logarithm uniform. Default [0.3, 1/0.3]. */
  readonly aspect?: readonly [number, number];
  /** `'constant'`: the mean colour; `'random'`: one colour a box; `'pixel'`: one a pixel. Default `'constant'`. */
  readonly mode?: 'constant' | 'random' | 'pixel';
  /** Random levels: `'normal'`, of `mean` and `std`, as timm's after normalization; `'uniform'`, as Zhong et al. Default `'normal'`. */
  readonly colours?: 'normal' | 'uniform';
  /** Boxes an image, `[low, high]`. Default [1, 1]. */
  readonly count?: readonly [number, number];
  /** Mean level of each channel. Default ImageNet's, [123.675, 116.28, 103.53]. */
  readonly mean?: readonly number[];
  /** Standard deviation of the levels of each channel. Default ImageNet's, [58.395, 57.12, 57.375]. */
  readonly std?: readonly number[];
}

const ATTEMPTS = 10;
const channelValues = rule(
  'a number in [0, 255] for each channel, in an array of 1 or 3',
  (value) => Array.isArray(value) && [1, 3].includes(value.length) && value.every((x) => numberIn(0, 255).holds(x)),
);
const RULES: OptionRules<RandomErasingOptions> = {
  probability: numberIn(0, 1),
  area: rangeIn(0, 1),
  aspect: aspectRange,
  mode: oneOf(['constant', 'random', 'pixel']),
  colours: oneOf(['normal', 'uniform']),
  count: rule(
    '[low, high] of whole numbers from 1',
    (value) => rangeIn(1, Number.MAX_VALUE).holds(value) && (value as number[]).every((x) => integerFrom(1).holds(x)),
  ),
  mean: channelValues,
  std: channelValues,
};

/**
 * Erases boxes of an image, by chance. Draws: whether; how many, where `count` leaves a choice; for each box its area and its
 * aspect, anew where it does not fit, ten times at most, then its row and column, then its levels.
 *
 * @throws TypeError or RangeError for an option that is unknown or out of its range, and when `mean` or `std` has fewer values than the image
 * has channels.
 * @example
 * ```ts
 * import { randomErasing, seededRandom } from '@nfnets/augment';
 *
 * const erase = randomErasing({ probability: 0.25, mode: 'pixel' });
 * const image = { data: new Uint8Array(64 * 64 * 3), height: 64, width: 64, channels: 3 };
 * const erased = erase(image, seededRandom(4));
 * ```
 */
export function randomErasing(options: RandomErasingOptions = {}): SampleTransform {
  checkOptions<RandomErasingOptions>('randomErasing', options, RULES);
  const { probability = 0.5, area = [0.02, 1 / 3], aspect = [0.3, 1 / 0.3], count = [1, 1] } = options;
  return checkedTransform('randomErasing', (image, random) => {
    if (random() >= probability) return image;
    const boxes = count[0] === count[1] ? count[0] : count[0] + drawBelow(count[1] - count[0] + 1, random);
    const result = { ...image, data: new Uint8Array(image.data) };
    for (let i = 0; i < boxes; i++) {
      const box = drawBox(image, area, aspect, boxes, random);
      if (box !== undefined) coverBox(result, box, levelDraw(options, image.channels, random));
    }
    return result;
  });
}

function drawBox(
  { height, width }: Image,
  area: readonly [number, number],
  aspect: readonly [number, number],
  boxes: number,
  random: Random,
): CropBox | undefined {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const target = (drawBetween(...area, random) * height * width) / boxes;
    const ratio = expOf(drawBetween(logOf(aspect[0]), logOf(aspect[1]), random));
    const boxHeight = roundHalfToEven(Math.sqrt(target * ratio));
    const boxWidth = roundHalfToEven(Math.sqrt(target / ratio));
    if (boxHeight < height && boxWidth < width) {
      const top = drawBelow(height - boxHeight + 1, random);
      const left = drawBelow(width - boxWidth + 1, random);
      return { top, left, height: boxHeight, width: boxWidth };
    }
  }
  return undefined;
}

/** Gives the level of the next value of a box, channel by channel. */
function levelDraw(options: RandomErasingOptions, channels: number, random: Random): (channel: number) => number {
  const {
    mode = 'constant',
    colours = 'normal',
    mean = [123.675, 116.28, 103.53],
    std = [58.395, 57.12, 57.375],
  } = options;
  if (mean.length < channels || std.length < channels) {
    throw new RangeError(
      `randomErasing: \`mean\` and \`std\` must have ${channels} values for this image, got ${mean.length} and ${std.length}.`,
    );
  }
  const drawLevel = (channel: number) => {
    if (colours === 'uniform') return drawBelow(256, random);
    return Math.floor(Math.min(Math.max(mean[channel]! + std[channel]! * drawNormal(random), 0), 255) + 0.5);
  };
  if (mode === 'pixel') return drawLevel;
  const levels = Array.from({ length: channels }, (_, channel) =>
    mode === 'random' ? drawLevel(channel) : Math.floor(mean[channel]! + 0.5),
  );
  return (channel) => levels[channel]!;
}
