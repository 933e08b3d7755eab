import { describe, expect, it } from 'vitest';
import type { RunMessage } from '../training/index.js';
import { describeRun, NO_HISTORY, stepsPerSecond, withMessages } from './run-history.js';

const step = (step: number, loss: number): RunMessage => ({
  side: 'plain',
  type: 'step',
  step,
  loss,
  seconds: 0.5,
  clip: { linear: 0.25 },
  units: { linear: Float32Array.of(step) },
});

describe('the history of a run', () => {
  it('keeps losses, accuracies and what was clipped, by step', () => {
    const first = withMessages(NO_HISTORY, [step(1, 2.3), step(2, 2)]);
    const next = withMessages(first, [{ side: 'plain', type: 'epoch', step: 2, accuracy: 0.5 }, step(3, 1.5)]);
    expect(next).toMatchObject({
      state: 'running',
      step: 3,
      losses: [
        [1, 2.3],
        [2, 2],
        [3, 1.5],
      ],
      accuracies: [[2, 50]],
      units: { linear: Float32Array.of(3) },
    });
    expect(next.clips.map((column) => column.step)).toEqual([1, 2, 3]);
    expect(stepsPerSecond([next, NO_HISTORY])).toBe(2);
    expect(describeRun(next)).toBe('step 3, loss 1.5, test accuracy 50.0 %');
    expect(first.losses).toHaveLength(2);
  });

  it('marks the step at which the run was lost, which may lie before the last, and has a gap where a loss is none', () => {
    const lost: RunMessage = { side: 'plain', type: 'diverged', step: 2, reason: 'the loss is NaN' };
    const history = withMessages(NO_HISTORY, [step(1, 2.3), step(2, 40), step(3, Number.NaN), lost]);
    expect(history).toMatchObject({ state: 'diverged', step: 3, lostAt: 2, reason: 'the loss is NaN' });
    expect(history.losses.at(-1)).toEqual([3, null]);
    expect(history.clips.map((column) => column.step)).toEqual([1, 2]);
    expect(describeRun(history)).toBe('diverged at step 2');
  });

  it('ends', () => {
    const messages: RunMessage[] = [
      step(1, 2),
      { side: 'plain', type: 'epoch', step: 1, accuracy: 0.9 },
      { side: 'plain', type: 'end', step: 1 },
    ];
    expect(describeRun(withMessages(NO_HISTORY, messages))).toBe('done after 1 steps, test accuracy 90.0 %');
    expect(describeRun(NO_HISTORY)).toBe('not started');
    expect(stepsPerSecond([NO_HISTORY])).toBeUndefined();
    expect(withMessages(NO_HISTORY, [])).toBe(NO_HISTORY);
  });
});
