import type { PeerFigure } from '../figures/bench-result.js';
import { median } from '../figures/median.js';
import type { Outcome } from './take-turns.js';

/** The median of all that a contestant measured in its rounds, or why there is none. */
export function medianOf(outcome: Outcome<readonly number[]>): PeerFigure {
  if ('missing' in outcome) return { missing: outcome.missing };
  if ('failed' in outcome) return { missing: `failed: ${outcome.failed}` };
  return median(outcome.rounds.flat());
}
