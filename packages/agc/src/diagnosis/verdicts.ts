import { meanOf } from './clip-history.js';

/**
 * When a layer, or a training, was clipped: never; in a few steps only; only while the learning rate rose; at times; in nearly every
 * step and unit.
 */
export type ClipVerdict = 'never' | 'in spikes' | 'in warm-up' | 'at times' | 'nearly always';

/** Less than this share of clipped units is none. */
const HARDLY = 0.002;
/** Clipping in up to this share of the steps is of spikes. */
const FEW_STEPS = 0.25;
const NEARLY_ALWAYS = 0.9;

/** The verdict on shares of clipped units, a number for each step that was measured. */
export function verdictOf(inWarmup: readonly number[], afterWarmup: readonly number[]): ClipVerdict {
  const [before, after] = [meanOf(inWarmup), meanOf(afterWarmup)];
  if (Math.max(before, after) < HARDLY) return 'never';
  if (after >= NEARLY_ALWAYS) return 'nearly always';
  if (after < HARDLY) return 'in warm-up';
  return activeShare(afterWarmup) <= FEW_STEPS ? 'in spikes' : 'at times';
}

/** Share of the steps at which anything was clipped. */
export const activeShare = (shares: readonly number[]): number => meanOf(shares.map((share) => (share > 0 ? 1 : 0)));
