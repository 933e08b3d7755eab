import { groupBy } from '../figures/group-by.js';
import type { CombinationClipping } from './diagnose-combinations.js';

/** How many combinations are told of each kind; `clipping.json` has all. */
const MOST = 4;

/** What clipping did, and what to try: for the terminal, the most accurate of each kind of advice first. Pure. */
export function clippingLines(clipping: readonly CombinationClipping[]): string[] {
  if (clipping.length === 0) return [];
  const kinds = groupBy(clipping, ({ relaxBy, verdict }) =>
    relaxBy === 1 ? verdict : relaxBy > 1 ? 'too tight' : 'too loose',
  );
  return [
    `clipping ${[...kinds].map(([kind, { length }]) => `${kind} ${length}`).join(', ')}`,
    ...[...kinds.values()].flatMap((combinations) => {
      const best = combinations.toSorted((a, b) => (b.accuracy ?? -1) - (a.accuracy ?? -1));
      const more = best.length - MOST;
      return [
        ...best.slice(0, MOST).map(({ name, advice }) => `         ${name}: ${advice[0]}`),
        ...(more > 0 ? [`         and ${more} more`] : []),
      ];
    }),
    '',
  ];
}
