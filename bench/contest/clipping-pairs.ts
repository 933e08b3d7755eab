import type { PeerFigure } from '../figures/bench-result.js';
import { median } from '../figures/median.js';
import type { StepsReply } from '../inputs/training-setup.js';
import type { Participant } from '../processes/participant.js';
import type { Outcome } from './take-turns.js';

/** Milliseconds of a step with clipping and of the one without beside it. */
export type Pair = readonly [clipped: number, unclipped: number];

/** Times so many steps with clipping, each with one without beside it. */
export async function timePairs(participant: Participant, count: number): Promise<Pair[]> {
  const time = async (clip: boolean) =>
    (await participant.ask<StepsReply>({ steps: 1, clip, learningRate: 1e-4 })).milliseconds[0]!;
  const pairs: Pair[] = [];
  for (let i = 0; i < count; i++) {
    // Each goes first half of the time.
    if (i % 2 === 0) {
      const clipped = await time(true);
      pairs.push([clipped, await time(false)]);
    } else {
      const unclipped = await time(false);
      pairs.push([await time(true), unclipped]);
    }
  }
  return pairs;
}

/** Percent of the clipped step; from the differences within pairs, so that slow minutes cancel. */
export function clippingShare(outcome: Outcome<readonly Pair[]>): PeerFigure {
  if ('missing' in outcome) return { missing: outcome.missing };
  if ('failed' in outcome) return { missing: `failed: ${outcome.failed}` };
  const pairs = outcome.rounds.flat();
  const cost = median(pairs.map(([clipped, unclipped]) => clipped - unclipped));
  return (100 * cost) / median(pairs.map(([clipped]) => clipped));
}
