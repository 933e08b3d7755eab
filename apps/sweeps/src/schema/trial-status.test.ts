import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { tinyConfig } from '../__fixtures__/quick-config.js';
import { temporaryFolder } from '../__fixtures__/temporary-folder.js';
import { planTrials } from '../plan/plan-trials.js';
import { nextBoundaryTrials } from '../plan/search-boundary.js';
import { summarize } from '../report/summarize.js';
import { readStatus, trialFiles } from '../store/trial-folder.js';
import { hasDiverged, settledOutcome, type TrialStatus } from './trial-status.js';

const END = { step: 3, startedAt: '2026-01-01T00:00:00Z' };
const done = (metrics: Record<string, number>): TrialStatus => ({ status: 'done', ...END, metrics });

describe('a trial that says it is done', () => {
  it('has diverged where what it measured is not finite', () => {
    for (const loss of [Number.NaN, Infinity, -Infinity]) {
      expect(settledOutcome({ status: 'done', metrics: {} }, 3, { accuracy: 0.1, loss })).toEqual({
        status: 'diverged',
        step: 3,
        reason: `it ended with a loss of ${loss}`,
        metrics: { accuracy: 0.1, loss },
      });
    }
    const fine = { status: 'done', metrics: { loss: 1 } } as const;
    expect(settledOutcome(fine, 3, { accuracy: 0.5 })).toEqual({ status: 'done', metrics: { loss: 1, accuracy: 0.5 } });
    expect(settledOutcome({ status: 'done', metrics: {} }, 3, {})).toEqual({ status: 'done', metrics: {} });
  });

  it('has diverged in the files of older versions too, which have null, or nothing, for it', () => {
    const dir = temporaryFolder();
    mkdirSync(dir, { recursive: true });
    const files = trialFiles(dir);
    const write = (metrics: object) => writeFileSync(files.status, JSON.stringify({ status: 'done', ...END, metrics }));
    write({ accuracy: 0.1, loss: null });
    expect(readStatus(dir)).toMatchObject({
      status: 'diverged',
      reason: 'it ended with a loss of NaN',
      metrics: { loss: Number.NaN },
    });
    write({});
    expect(readStatus(dir)).toMatchObject({ status: 'done' });
    writeFileSync(files.metrics, '{"type":"epoch","step":1,"epoch":1,"loss":null,"accuracy":0.08,"seconds":1}\n');
    expect(readStatus(dir)).toMatchObject({ status: 'diverged' });
    write({ accuracy: 0.1, loss: 2 });
    expect(readStatus(dir)).toMatchObject({ status: 'done' });
  });

  it('is neither stable nor best', () => {
    const config = tinyConfig('axes.clipFactor=null', 'boundary={axis: clipFactor, logRange: [0.01, 1.28], count: 8}');
    const search = { ...config, boundary: config.boundary! };
    const records = planTrials({ ...config, axes: { ...config.axes, clipFactor: [0.08] } }).map((trial) => ({
      trial,
      status: done({ accuracy: 1, loss: Number.NaN }),
    }));
    // From the middle, 0.08, downward: it counts as unstable.
    expect(nextBoundaryTrials(search, records).map(({ config: { clipFactor } }) => clipFactor)).toEqual([0.02, 0.02]);
    const accuracies = [Number.NaN, 0.4, Infinity, 0.5, null as unknown as number];
    const [first] = planTrials(config);
    const trials = accuracies.map((accuracy, i) => ({
      trial: { ...first!, id: `${i}`, config: { ...first!.config, epochs: 1 + i } },
      status: done({ accuracy }),
    }));
    expect(summarize('x', trials).best?.trials).toEqual(['3']);
    expect(accuracies.map((accuracy) => hasDiverged(done({ accuracy })))).toEqual([true, false, true, false, true]);
  });
});
