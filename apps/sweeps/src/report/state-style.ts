import type { PaintStyle } from '../text/index.js';
import type { TrialState } from './summarize.js';

/** The colour of each state. */
export const STATE_STYLE: Readonly<Partial<Record<TrialState, PaintStyle>>> = {
  running: 'cyan',
  done: 'green',
  diverged: 'yellow',
  pruned: 'yellow',
  failed: 'red',
  preempted: 'magenta',
  queued: 'dim',
};
