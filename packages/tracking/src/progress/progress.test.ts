import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../events/run-event.js';
import { advanceProgress, NO_PROGRESS, renderProgress } from './progress.js';
import { type ProgressStream, progressLine } from './progress-line.js';

/** Steps of half a second and 100 images, one a second: the other half is the consumer's. */
const stepEnd = (step: number): RunEvent => ({
  type: 'step-end',
  step,
  epoch: 0,
  loss: 2 - step / 10,
  samples: 100,
  seconds: step === 0 ? 60 : 0.5,
});
const after = (events: readonly RunEvent[]) =>
  events.reduce((progress, event, i) => advanceProgress(progress, event, 1000 * i), NO_PROGRESS);

describe('renderProgress', () => {
  it('shows what is known', () => {
    expect(renderProgress(NO_PROGRESS)).toBe('epoch 1  step 0');
    expect(renderProgress(after([stepEnd(0)]), { totalSteps: 40 })).toBe(
      'epoch 1  step 1/40  [....................]  loss 2.0000',
    );
  });

  it('tells the rate of the steps, and the time left by the clock, both without the first step', () => {
    // 100 / 0.5 images a second; 30 steps left at one a second.
    const progress = after(Array.from({ length: 10 }, (_, i) => stepEnd(i)));
    expect(renderProgress(progress, { totalSteps: 40 })).toBe(
      'epoch 1  step 10/40  [#####...............]  200 images/s  0:30 left  loss 1.1000',
    );
    expect(renderProgress(progress, { totalSteps: 7_210 + 10 })).toContain('2:00:10 left');
  });

  it('goes on from a step that is not the first', () => {
    const progress = after([stepEnd(100), stepEnd(101), stepEnd(102)]);
    expect(renderProgress(progress, { totalSteps: 113 })).toContain('step 103/113');
    expect(renderProgress(progress, { totalSteps: 113 })).toContain('0:10 left');
  });

  it('shows accuracy, and why a run diverged', () => {
    const events: RunEvent[] = [stepEnd(0), { type: 'epoch-end', epoch: 0, evaluation: { accuracy: 0.98765 } }];
    expect(renderProgress(after(events), { totalSteps: 2 })).toBe(
      'epoch 1  step 1/2  [##########..........]  loss 2.0000  accuracy 98.77 %',
    );
    expect(renderProgress(after([...events, { ...stepEnd(1), epoch: 1 }]))).toContain('epoch 2  step 2  ');
    const diverged = after([...events, { type: 'run-diverged', reason: 'the loss is NaN' }]);
    expect(renderProgress(diverged)).toBe('epoch 1  step 1  loss 2.0000  accuracy 98.77 %  diverged: the loss is NaN');
  });

  it('begins anew where the run is resumed', () => {
    const events = [stepEnd(7), { type: 'run-diverged', reason: 'lost' }, { type: 'run-resumed', steps: 3, epoch: 0 }];
    expect(renderProgress(after(events), { totalSteps: 8 })).toBe('epoch 1  step 3/8  [#######.............]');
  });

  it('shows a loss that came through JSON as null, and names what it cannot take', () => {
    expect(renderProgress(after([{ ...stepEnd(0), loss: null } as never]))).toContain('loss NaN');
    expect(() => renderProgress(undefined as never)).toThrow('renderProgress: `progress` must be NO_PROGRESS or what');
    expect(() => renderProgress(NO_PROGRESS, { total: 3 } as never)).toThrow('renderProgress: no option `total`');
    expect(() => advanceProgress(NO_PROGRESS, 3 as never, 0)).toThrow('advanceProgress: an event must be an object');
    expect(() => progressLine({ totalstep: 3 } as never)).toThrow('progressLine: no option `totalstep`; did you mean');
    expect(() => progressLine({ stream: 3 } as never)).toThrow(
      'progressLine: `stream` must be a stream with `write`, got 3.',
    );
  });

  it('is never wider than the terminal', () => {
    expect(renderProgress(after([stepEnd(0)]), { totalSteps: 40, width: 12 })).toBe('epoch 1  ste');
  });
});

describe('progressLine', () => {
  const run: RunEvent[] = [stepEnd(0), stepEnd(1), stepEnd(2), { type: 'epoch-end', epoch: 0 }, stepEnd(3)];

  function written(stream: Omit<ProgressStream, 'write'>, milliseconds: number): string {
    let [text, time] = ['', 0];
    const sink = progressLine({
      totalSteps: 4,
      stream: { ...stream, write: (part) => (text += part) },
      clock: () => time,
    });
    for (const event of run) {
      sink.write(event);
      time += milliseconds;
    }
    sink.close();
    return text;
  }

  it('writes lines to what is no terminal: an epoch each, and one in ten seconds', () => {
    const lines = (milliseconds: number) =>
      [...written({}, milliseconds).matchAll(/step (\d)\/4.*\n/g)].map((match) => Number(match[1]));
    // The first step always; then nothing before ten seconds but the epoch's end.
    expect(lines(1000)).toEqual([1, 3]);
    expect(lines(10_000)).toEqual([1, 2, 3, 3, 4]);
    expect(written({}, 1000)).not.toContain('\r');
  });

  it('replaces its line on a terminal, and leaves it at the end of an epoch', () => {
    const text = written({ isTTY: true, columns: 21 }, 100);
    // Cut to 20 columns: a full line would break.
    const line = (step: number, epoch = 1) =>
      `\r\u001b[K${`epoch ${epoch}  step ${step}/4  [`.padEnd(20, '#').slice(0, 20)}`;
    expect(text.split('\r').length).toBe(6);
    expect(text.startsWith(line(1).slice(0, 15))).toBe(true);
    expect(text.match(/\n/g)).toHaveLength(2);
    expect(text.endsWith('\n')).toBe(true);
  });

  it('draws on a terminal that has no columns yet', () => {
    expect(written({ isTTY: true, columns: 0 }, 100)).toContain('epoch 1  step 1/4');
  });

  it('does not draw more than ten times a second', () => {
    // Steps at 0, 10, 20 ms, the epoch's end at 30, a step at 40.
    expect(written({ isTTY: true }, 10).split('\r').length - 1).toBe(2);
  });
});
