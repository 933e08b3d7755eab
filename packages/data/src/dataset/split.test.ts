import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ArrayDataset, arrayDataset, type SplitOptions, split } from '../index.js';

/** A dataset of one-pixel images with these values. */
const pixels = (values: readonly number[]) =>
  arrayDataset({ images: Float32Array.from(values), labels: values.map(() => 0), imageShape: [1], numClasses: 2 });
const valuesOf = (part: ArrayDataset) => Array.from({ length: part.length }, (_, i) => part.image(i)[0]!);
const range = (length: number) => Array.from({ length }, (_, i) => i);

describe('split', () => {
  it('cuts into disjoint random parts of the counts asked for', () => {
    const parts = split(pixels(range(100)), { counts: [60, 30], seed: 0 }).map(valuesOf);
    expect(parts.map(({ length }) => length)).toEqual([60, 30]);
    expect(new Set(parts.flat()).size).toBe(90);
    expect(parts[0]).not.toEqual(range(60));
  });

  it('rounds fractions down, but not for want of a binary digit', () => {
    // 0.7 * 10 and 0.1 * 3 * 10 are off by 1e-15 in floating point.
    const parts = split(pixels(range(10)), { fractions: [0.7, 0.1 * 3 - 1e-12], seed: 0 });
    expect(parts.map(({ length }) => length)).toEqual([7, 3]);
    expect(split(pixels(range(11)), { fractions: [0.5], seed: 0 })[0].length).toBe(5);
  });

  it('depends on the seed alone', () => {
    const cut = (seed: number) => split(pixels(range(50)), { counts: [25, 25], seed }).map(valuesOf);
    expect(cut(3)).toEqual(cut(3));
    expect(cut(3)).not.toEqual(cut(4));
  });

  it('keeps equal images in one part, and the counts exact, while single images can fill up', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 5, maxLength: 20 }),
        fc.integer(),
        (sizes, seed) => {
          // Each of the sizes is a group of equal images; as many single ones as all of these together.
          const groups = sizes.flatMap((size, value) => Array<number>(size).fill(value));
          const singles = groups.map((_, i) => 1000 + i);
          const half = groups.length;
          const parts = split(pixels([...groups, ...singles]), { counts: [half, half], seed }).map(valuesOf);
          expect(parts.map(({ length }) => length)).toEqual([half, half]);
          const [a, b] = parts.map((part) => new Set(part));
          expect([...a!].filter((value) => b!.has(value))).toEqual([]);
        },
      ),
    );
  });

  it('spreads groups of equal images over the parts by their size', () => {
    const values = range(300).flatMap((value) => [value, value]);
    const [large] = split(pixels(values), { counts: [400, 200], seed: 1 });
    const early = new Set(valuesOf(large)).size;
    expect(early).toBe(200);
    const [small] = split(pixels(values), { counts: [200], seed: 1 });
    // A third of the first half of the values: 50 of 150; five standard deviations are 5 * sqrt(150 * 2 / 9) = 29.
    const fromFirstHalf = [...new Set(valuesOf(small))].filter((value) => value < 150).length;
    expect(Math.abs(fromFirstHalf - 50)).toBeLessThan(29);
  });

  it('takes images apart that share a hash bucket but not their values', () => {
    // FNV-1a of one word w is (basis ^ w) * prime: different words never collide, so these take two.
    const images = Float32Array.from([0, 1, -0, 1, 1, 0]);
    const dataset = arrayDataset({ images, labels: [0, 1, 0], imageShape: [2], numClasses: 2 });
    const [one, two] = split(dataset, { counts: [2, 1], seed: 5 });
    // [0, 1] and [-0, 1] are equal, so they are the part of two.
    expect([one.image(0)[0], one.image(1)[0]].map(Math.abs as (x: unknown) => number)).toEqual([0, 0]);
    expect([...two.image(0)]).toEqual([1, 0]);
  });

  it('refuses when equal images would have to be separated', () => {
    const options: SplitOptions = { counts: [2, 2], seed: 0 };
    expect(() => split(pixels([5, 5, 5, 1]), options)).toThrow(
      'split: `counts` must leave room for 3 equal images in one part, got [2,2].',
    );
  });

  it.each<[unknown, string]>([
    [{ counts: [60, 50] }, 'split: `counts` must add up to at most 100, got [60,50].'],
    [{ counts: [0] }, 'split: `counts[0]` must be an integer >= 1, got 0.'],
    [{ counts: [1.5] }, 'split: `counts[0]` must be an integer >= 1, got 1.5.'],
    [{ fractions: [0.9, 0.2] }, 'split: `fractions` must add up to at most 1, got [0.9,0.2].'],
    [{ fractions: [-0.5] }, 'split: `fractions[0]` must be finite and >= 0, got -0.5.'],
    [{ fractions: [0.001] }, 'split: `fractions[0]` must leave at least one of 100 samples.'],
    [{}, 'split: one of `counts` and `fractions` must be given.'],
    [{ counts: [1], fractions: [0.5] }, 'split: one of `counts` and `fractions` must be given.'],
    [{ counts: [1], seed: 0.5 }, 'must be an integer, got 0.5.'],
  ])('refuses %o', (options, message) => {
    expect(() => split(pixels(range(100)), { seed: 0, ...(options as object) } as SplitOptions)).toThrow(message);
  });
});
