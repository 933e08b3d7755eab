import { describe, expect, it } from 'vitest';
import type { AveragedRun } from './__fixtures__/averaged-run.js';
import { missing } from './__fixtures__/native.js';
import { freeHosts, start } from './__fixtures__/processes.js';

const note = missing === undefined ? '' : ` (${missing})`;
const STEPS = 50;

interface Result {
  readonly losses: number[];
  readonly weights: number[][];
  readonly isCompiled: boolean;
}

async function runGroup(sizes: AveragedRun['sizes']): Promise<Result[]> {
  const hosts = await freeHosts(sizes[0]!.length);
  const started = hosts.map((_, index) =>
    start('averaged-run.ts', { hosts, index, steps: STEPS, sizes } satisfies AveragedRun),
  );
  return Promise.all(
    started.map(async ({ ended, lines, complaint }) => {
      expect(await ended, complaint()).toEqual({ code: 0, signal: null });
      return lines.at(-1) as unknown as Result;
    }),
  );
}

/** The largest difference of two lists. */
const apart = (a: readonly number[], b: readonly number[]) => Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

describe.skipIf(missing !== undefined)(`steps whose gradients are averaged before clipping and momentum${note}`, () => {
  it.each([
    { sizes: [[6, 6]], what: 'two equal parts' },
    {
      sizes: [
        [5, 7],
        [7, 5],
        [1, 2],
        [3, 1],
      ],
      what: 'two parts that differ, of batches that differ',
    },
    { sizes: [[4, 4, 4]], what: 'three equal parts' },
    {
      sizes: [
        [5, 4, 3],
        [1, 1, 2],
      ],
      what: 'three parts that differ',
    },
  ])('has the losses and weights of one process: $what', { timeout: 120_000 }, async ({ sizes }) => {
    const [whole] = await runGroup(sizes.map((counts) => [counts.reduce((sum, count) => sum + count, 0)]));
    const members = await runGroup(sizes);
    expect(members.every(({ isCompiled }) => isCompiled)).toBe(true);
    for (const { losses, weights } of members) {
      expect(losses).toHaveLength(STEPS);
      expect(apart(losses, whole!.losses)).toBeLessThan(1e-5);
      for (const [i, values] of weights.entries()) expect(apart(values, whole!.weights[i]!)).toBeLessThan(1e-5);
      // All processes have the same bits.
      expect({ losses, weights }).toEqual({ losses: members[0]!.losses, weights: members[0]!.weights });
    }
  });
});
