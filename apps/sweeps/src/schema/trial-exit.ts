/** Exit codes of `run-trial`; `held`: another process works on the trial, or has taken it over. */
export const TRIAL_EXIT = { done: 0, failed: 1, diverged: 10, pruned: 11, preempted: 75, held: 76 } as const;
