import { describe, expect, it } from 'vitest';
import { tinyConfig } from '../__fixtures__/quick-config.js';
import type { SweepEvent, TrialSweepEvent } from '../execute/run-sweep.js';
import { planTrials } from '../plan/plan-trials.js';
import { summarize } from '../report/summarize.js';
import { summaryTable } from '../report/summary-table.js';
import type { TrialStatus } from '../schema/trial-status.js';
import { renderLiveTable, totalLine } from './live-table.js';
import { progressLines } from './progress-lines.js';
import { advanceView, emptyView, type SweepView, secondsLeft, sweepSecondsLeft } from './sweep-view.js';

const trials = planTrials(tinyConfig());
const [a, b, c, d] = trials.map(({ id }) => id) as [string, string, string, string];
const status = (state: TrialStatus['status'], step: number, extra: Partial<TrialStatus> = {}): TrialStatus => ({
  status: state,
  step,
  metrics: {},
  startedAt: '2026-01-01T00:00:00Z',
  ...extra,
});
const plan: TrialSweepEvent = {
  type: 'plan',
  records: trials.map((trial, i) =>
    i === 3 ? { trial, status: status('done', 4, { metrics: { accuracy: 0.95 } }) } : { trial },
  ),
  todo: [a, c, b],
};
const step = (id: string, number: number, epoch: number): TrialSweepEvent => ({
  type: 'progress',
  id,
  event: { type: 'step', step: number, epoch, samples: 256 * number, loss: 2.25, learningRate: 0.1 },
});

/** The view after `events`, each at its time in seconds. */
const viewAfter = (...events: readonly [number, SweepEvent][]): SweepView =>
  events.reduce((view, [time, event]) => advanceView(view, event, 1000 * time), emptyView(0));

const running = viewAfter(
  [0, plan],
  [0, { type: 'start', id: a, pid: 1 }],
  [0, { type: 'start', id: b, pid: 2 }],
  [8, step(a, 2, 1)],
  [
    9,
    {
      type: 'progress',
      id: a,
      event: { type: 'epoch', epoch: 1, step: 4, samples: 1024, trainLoss: 1.5, loss: 1.4, accuracy: 0.5 },
    },
  ],
  [10, { type: 'end', id: b, status: status('diverged', 3, { reason: 'the loss is NaN' }), output: '' }],
);

describe('the live table', () => {
  it('shows a line per trial and one for all', () => {
    // Trial a made 4 of 8 steps in 12 s: 12 s more. In images, with 16 for each step: a and c cost 16 * 8 + 2048 = 2176
    // each, b 16 * 4 + 2048 = 2112. Made: 2176 / 2 + 2112 * 3 / 4 = 2672; open: 1088 + 2176 = 3264; 12 * 3264 / 2672 = 14.66.
    expect(renderLiveTable(running, { now: 12_000, width: 100, height: 24 }).split('\n')).toEqual([
      'clip  batch  progress      epoch  step  train loss  acc %  status             trial',
      ` off    256  ━━━━━━──────    1/2   4/8       1.500   50.0  running, 12s left  ${a}`,
      ` off    512  ━━━━━━━━━───    0/2   3/4           -      -  diverged @ step 3  ${b}`,
      `0.01    256                  0/2   0/8           -      -  queued             ${c}`,
      `0.01    512  ━━━━━━━━━━━━    2/2   4/4           -   95.0  done earlier       ${d}`,
      '',
      '2 of 4 finished (1 diverged), 1 running, 12s so far, about 15s left',
    ]);
  });

  it('never is wider or higher than the screen, and keeps what runs', () => {
    const lines = renderLiveTable(running, { now: 12_000, width: 40, height: 6 }).split('\n');
    expect(lines).toHaveLength(6);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40);
    expect(lines[1]).toContain('━━━━━━──────');
    expect(lines[3]).toBe('... and 2 more');
  });

  it('paints the states without changing the text', () => {
    const painted = renderLiveTable(running, {
      now: 0,
      width: 100,
      height: 24,
      paint: (style, text) => `<${style}>${text}</>`,
    });
    expect(painted).toContain('<yellow>  diverged @ step 3</>');
    const plain = renderLiveTable(running, { now: 0, width: 100, height: 24 });
    // Nor with blanks at the end of a line, which would wrap.
    expect(painted.replace(/<.*?>/g, '')).toBe(plain);
    const summary = summarize('tiny', plan.type === 'plan' ? plan.records : []);
    const painting = summaryTable(summary, (style, text) => `<${style}>${text}</>`);
    expect(painting.map((line) => line.replace(/<.*?>/g, ''))).toEqual(summaryTable(summary));
  });

  it('says nothing about the time left before the first step', () => {
    const view = viewAfter([0, plan], [0, { type: 'start', id: a, pid: 1 }]);
    expect([secondsLeft(view.trials[0]!, 5000), sweepSecondsLeft(view, 5000)]).toEqual([undefined, undefined]);
    expect(totalLine(view, 5000)).toBe('1 of 4 finished, 1 running, 5s so far');
    expect(renderLiveTable(view, { now: 5000, width: 100, height: 24 })).toContain('  starting ');
  });
});

describe('the lines without a terminal', () => {
  it('tell of the plan, starts, steps, epochs and ends', () => {
    const lines = (event: TrialSweepEvent) => progressLines(advanceView(running, event, 12_000), event, 12_000);
    expect(progressLines(viewAfter([0, plan]), plan, 0)).toEqual(['4 trials: 3 to run, 1 kept from earlier runs']);
    expect(lines({ type: 'start', id: c, pid: 3 })).toEqual([`${c}  clip 0.01  batch 256   started`]);
    expect(lines(step(a, 5, 2))).toEqual([`${a}  clip off   batch 256   step 5/8: train loss 2.250`]);
    expect(
      lines({ type: 'end', id: a, status: status('done', 8, { metrics: { accuracy: 0.875 } }), output: '' }),
    ).toEqual([
      `${a}  clip off   batch 256   done in 12s: accuracy 87.5 %`,
      '3 of 4 finished (1 diverged), 12s so far',
    ]);
    expect(
      lines({ type: 'end', id: a, status: status('failed', 8, { reason: 'killed by SIGKILL' }), output: '' })[0],
    ).toBe(`${a}  clip off   batch 256   failed: killed by SIGKILL`);
  });
});
