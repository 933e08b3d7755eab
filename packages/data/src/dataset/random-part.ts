import { assertInteger, checkOptions, type OptionRules, rule } from '@nfnets/options';
import { assertSource } from './assert-source.js';
import type { ImageSource, Sample } from './image-source.js';
import { seededRandom, shuffled } from './seeded-random.js';

/** Options of {@link randomPart}. */
export interface RandomPartOptions {
  /** Samples to take. */
  readonly count: number;
  /** Decides which. */
  readonly seed: number;
}

const RULES: OptionRules<RandomPartOptions> = {
  count: rule('an integer >= 1', () => true),
  seed: rule('an integer', () => true),
};

/**
 * The source of `count` samples of `source`, chosen at random, in its order. Reads none of them: where many images are
 * files, `split`, which compares images, would have to.
 *
 * @param source Where the samples are.
 * @throws RangeError if the source has fewer samples; TypeError or RangeError for what is no source, or an option that cannot be used.
 * @example
 * ```ts
 * import { randomPart } from '@nfnets/data';
 * import { imageFolder } from '@nfnets/data/node';
 *
 * const source = randomPart(imageFolder('imagenet/train'), { count: 10_000, seed: 0 });
 * ```
 */
export function randomPart(source: ImageSource, options: RandomPartOptions): ImageSource {
  assertSource('randomPart', source);
  checkOptions<RandomPartOptions>('randomPart', options, RULES, { required: ['count', 'seed'] });
  const { count, seed } = options;
  assertInteger('randomPart', 'count', count, 1);
  assertInteger('randomPart', 'seed', seed);
  if (count > source.length) {
    throw new RangeError(`randomPart: \`count\` must be at most the ${source.length} samples there are, got ${count}.`);
  }
  const all = Array.from({ length: source.length }, (_, i) => i);
  const chosen = shuffled(all, seededRandom(seed))
    .slice(0, count)
    .sort((a, b) => a - b);
  const { numClasses, classNames, channels, normalization } = source;
  return {
    length: count,
    numClasses,
    ...(classNames && { classNames }),
    ...(channels !== undefined && { channels }),
    ...(normalization && { normalization }),
    read(index): Sample | Promise<Sample> {
      const at = chosen[index];
      if (at === undefined) throw new RangeError(`randomPart: index must be in [0, ${count}), got ${index}.`);
      return source.read(at);
    },
  };
}
