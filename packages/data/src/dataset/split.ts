import { assertInRange, assertInteger, checkOptions, rule, show } from '@nfnets/options';
import type { ArrayDataset } from './array-dataset.js';
import { deriveSeed } from './derive-seed.js';
import { seededRandom, shuffled } from './seeded-random.js';

/** How large the parts are: by `counts` of samples or by `fractions` of the dataset, not both. */
export type SplitOptions<Sizes extends readonly number[] = readonly number[]> = {
  /** Any integer; decides which sample goes where. */
  readonly seed: number;
} & (
  | {
      /** Samples of each part. Default by `fractions`. */
      readonly counts: Sizes;
      readonly fractions?: never;
    }
  | {
      /** Share of each part, in (0, 1]; together at most 1. Default by `counts`. */
      readonly fractions: Sizes;
      readonly counts?: never;
    }
);

const aList = rule('an array of numbers, one for each part', (value) => Array.isArray(value) && value.length > 0);
const RULES = { seed: rule('an integer', () => true), counts: aList, fractions: aList };

/** A part for each of `Sizes`, so that `const [training, test] = split(...)` needs no check for undefined. */
type Parts<Sizes extends readonly number[]> = { -readonly [Part in keyof Sizes]: ArrayDataset };

/**
 * Cuts a dataset into disjoint random parts that depend on `seed` alone; equal images always end up in one part.
 *
 * Without that last rule an image that occurs twice may be trained on and evaluated on. What the parts leave over
 * is not used.
 *
 * @param dataset What is cut, such as of {@link arrayDataset}; its images are compared.
 * @throws RangeError if the parts are larger than the dataset, or cannot be filled without separating equal images; TypeError for what is no
 * such dataset.
 * @example
 * ```ts
 * import { arrayDataset, split } from '@nfnets/data';
 * import { mnistDigits } from '@nfnets/data/node';
 *
 * const [train, validation] = split(arrayDataset(mnistDigits()), { fractions: [0.9, 0.1], seed: 0 });
 * ```
 */
export function split<const Sizes extends readonly number[]>(
  dataset: ArrayDataset,
  options: SplitOptions<Sizes>,
): Parts<Sizes> {
  if (typeof dataset?.image !== 'function' || typeof dataset.subset !== 'function') {
    throw new TypeError(
      `split: \`dataset\` must be one that arrayDataset makes, got ${show(dataset)}. Of another source \`randomPart\` takes some.`,
    );
  }
  checkOptions<SplitOptions>('split', options, RULES, { required: ['seed'] });
  const counts = partSizes(dataset.length, options);
  const random = seededRandom(deriveSeed(options.seed, 'split'));
  const groups = shuffled(equalImages(dataset), random);
  const parts: number[][] = counts.map(() => []);
  const unused: number[] = [];
  const room = [...counts, dataset.length - counts.reduce((sum, count) => sum + count, 0)];
  const place = (group: readonly number[], part: number): void => {
    room[part]! -= group.length;
    (parts[part] ?? unused).push(...group);
  };

  // Groups of several first, each into a part drawn in proportion to its room: single images then fill the rest exactly.
  for (const group of groups.filter((group) => group.length > 1).sort((a, b) => b.length - a.length)) {
    const part = drawPart(room, group.length, random);
    if (part === undefined) {
      throw new RangeError(
        `split: \`${options.counts ? 'counts' : 'fractions'}\` must leave room for ${group.length} equal images in one part, got ${show(counts)}.`,
      );
    }
    place(group, part);
  }
  let part = 0;
  for (const group of groups.filter((group) => group.length === 1)) {
    while (room[part] === 0) part++;
    place(group, part);
  }
  // Placed group by group: mix again, or equal images would follow each other.
  return parts.map((indices) => dataset.subset(shuffled(indices, random))) as Parts<Sizes>;
}

/** Index of a part with room for `size` samples, drawn in proportion to the room; undefined if there is none. */
function drawPart(room: readonly number[], size: number, random: () => number): number | undefined {
  const fits = [...room.keys()].filter((part) => room[part]! >= size);
  let target = random() * fits.reduce((sum, part) => sum + room[part]!, 0);
  for (const part of fits) {
    target -= room[part]!;
    if (target < 0) return part;
  }
  return undefined;
}

function partSizes(length: number, { counts, fractions }: SplitOptions): number[] {
  if ((counts === undefined) === (fractions === undefined)) {
    throw new TypeError('split: one of `counts` and `fractions` must be given.');
  }
  const option = counts ? 'counts' : 'fractions';
  const sizes = counts ? [...counts] : fractions!.map((fraction) => Math.floor(fraction * length + 1e-9));
  for (const [i, fraction] of (fractions ?? []).entries()) assertInRange('split', `fractions[${i}]`, fraction, 0);
  for (const [i, size] of sizes.entries()) {
    if (counts) assertInteger('split', `counts[${i}]`, size, 1);
    else if (size < 1) throw new RangeError(`split: \`fractions[${i}]\` must leave at least one of ${length} samples.`);
  }
  const sum = sizes.reduce((total, size) => total + size, 0);
  if (sum > length) {
    throw new RangeError(
      `split: \`${option}\` must add up to at most ${counts ? length : 1}, got ${show(counts ?? fractions)}.`,
    );
  }
  return sizes;
}

/** The indices of the dataset, those of equal images together. Labels do not count: one image may carry two. */
function equalImages(dataset: ArrayDataset): number[][] {
  const byHash = new Map<number, number[][]>();
  const groups: number[][] = [];
  for (let index = 0; index < dataset.length; index++) {
    const image = dataset.image(index);
    const hash = hashOf(image);
    const candidates = byHash.get(hash) ?? [];
    const group = candidates.find((members) => isEqual(dataset.image(members[0]!), image));
    if (group) {
      group.push(index);
      continue;
    }
    const first = [index];
    candidates.push(first);
    byHash.set(hash, candidates);
    groups.push(first);
  }
  return groups;
}

/** 32-bit FNV-1a over the stored values; the two zeros of floats are equal, so they hash alike. */
function hashOf(values: Float32Array | Uint8Array): number {
  const isFloat = values instanceof Float32Array;
  const words = isFloat ? new Int32Array(values.buffer, values.byteOffset, values.length) : values;
  let hash = 0x811c9dc5;
  for (let i = 0; i < words.length; i++) {
    const word = isFloat && words[i] === -0x80000000 ? 0 : words[i]!;
    hash = Math.imul(hash ^ word, 0x01000193);
  }
  return hash;
}

function isEqual(a: Float32Array | Uint8Array, b: Float32Array | Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
