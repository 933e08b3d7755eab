import type { Settings } from '../settings/index.js';
import { makeRun, type Run, type RunData } from './make-run.js';
import type { RunMessage, Side } from './run-message.js';
import { stepRun } from './step-run.js';

/** Two runs in step: the same weights and the same order, without clipping and with it. */
export class Pair {
  readonly steps: number;
  readonly stepsPerEpoch: number;
  private readonly runs: readonly (readonly [Side, Run])[];
  private readonly isOver = new Set<Side>();

  constructor(settings: Settings, data: RunData) {
    const plain = makeRun(settings, false, data);
    this.runs = [
      ['plain', plain],
      ['clipped', makeRun(settings, true, data)],
    ];
    this.steps = plain.steps;
    this.stepsPerEpoch = plain.stepsPerEpoch;
  }

  /** Makes the next step of each run that is not over; false when both are. */
  async step(tell: (message: RunMessage) => void): Promise<boolean> {
    for (const [side, run] of this.runs) {
      if (!this.isOver.has(side) && !(await stepRun(run, side, tell))) this.isOver.add(side);
    }
    return this.isOver.size < this.runs.length;
  }

  async dispose(): Promise<void> {
    for (const [, run] of this.runs) await run.dispose();
  }
}
