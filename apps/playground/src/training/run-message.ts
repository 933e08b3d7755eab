import type { UnitRatios } from './unit-meter.js';

/** The run without clipping, and the one with it. */
export type Side = 'plain' | 'clipped';

/** What the worker tells of a run; steps count from 1. */
export type RunMessage = { readonly side: Side } & (
  | {
      readonly type: 'step';
      readonly step: number;
      /** NaN and infinite too. */
      readonly loss: number;
      readonly seconds: number;
      /** Share of clipped units by layer, 0 to 1. */
      readonly clip: Readonly<Record<string, number>>;
      /** Absent where a later step's follow in the same post. */
      readonly units?: UnitRatios | undefined;
    }
  | { readonly type: 'epoch'; readonly step: number; readonly accuracy: number }
  | { readonly type: 'end'; readonly step: number }
  | {
      readonly type: 'diverged';
      /** The step at which the run was lost. */
      readonly step: number;
      readonly reason: string;
    }
);
