import type { VerdictGoal } from './judge.js';

/** What a verdict is asked for where nobody says; the same as the defaults of `nf-sweeps verdict`. */
export const DEFAULT_GOAL: VerdictGoal = { level: 0.05, margin: 0.5, power: 0.8, looks: 2 };
