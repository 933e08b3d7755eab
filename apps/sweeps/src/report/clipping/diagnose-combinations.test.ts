import { expect, it } from 'vitest';
import { tinyConfig } from '../../__fixtures__/quick-config.js';
import { syntheticRecords } from '../../__fixtures__/synthetic-sweep.js';
import { planTrials } from '../../plan/index.js';
import type { FullTrialRecord, MetricsLine } from '../../schema/index.js';
import { clippingLines } from './clipping-lines.js';
import { type CombinationClipping, diagnoseCombinations } from './diagnose-combinations.js';

/** Ten steps of a trial that clips the shares `[stem, head]` in each. */
const clipped = (shares: readonly [number, number]): MetricsLine[] =>
  Array.from({ length: 10 }, (_, i) => ({
    type: 'clip',
    step: i + 1,
    seconds: i,
    layers: { stem: shares[0], linear: shares[1] },
  }));

/** Records of trials that clip so, a seed each. */
const recordsOf = (settings: readonly string[], shares: readonly [number, number], isDiverged = false) =>
  planTrials(tinyConfig('axes.clipFactor=null', 'axes.batchSize=256', ...settings)).map(
    (trial, i): FullTrialRecord => ({
      trial,
      status: {
        status: isDiverged && i === 0 ? 'diverged' : 'done',
        step: 10,
        metrics: { accuracy: 0.5 + 0.1 * i },
        startedAt: '2026-01-01T00:00:00Z',
      },
      metrics: clipped(shares),
    }),
  );

it('puts the seeds of a combination together, and leaves out what does not clip', async () => {
  const records = syntheticRecords();
  const clipping = await diagnoseCombinations(records);
  expect(clipping).toHaveLength(5 * 4);
  const [tight] = clipping;
  expect(tight).toMatchObject({
    name: 'clip 0.01, batch 256, model nf_resnet50',
    values: { clipFactor: 0.01, batchSize: 256 },
    ended: 3,
    relaxBy: 4,
    nextThreshold: 0.04,
  });
  expect(tight!.trials).toHaveLength(3);
  expect(tight).not.toHaveProperty('layers');
  // The other way at the loosest, where all broke.
  expect(clipping.find(({ name }) => name.startsWith('clip 0.16, batch 2048'))!.diverged).toBeGreaterThan(0);
  expect(await diagnoseCombinations(records.map((record) => ({ ...record, metrics: [] })))).toEqual([]);
});

it.each([
  ['agc, factor: 0.01', 0.04],
  ['adagc, factor: 1.05', 1.2],
  ['autoclip, percentile: 10', 77.5],
  ['spike, theta: 25', 400],
  ['zclip, zThreshold: 2.5', 10],
  ['global-norm, maxNorm: 0.1', 0.4],
])('names the next threshold of %s', async (clip, next) => {
  const [clipping] = await diagnoseCombinations(recordsOf([`trial.clip={rule: ${clip}}`], [1, 1]));
  expect(clipping!.nextThreshold).toBe(next);
  expect(clipping!.advice[0]).toContain(`Try ${next}.`);
});

it('has no next threshold of a rule that clips no less with a larger one', async () => {
  const [clipping] = await diagnoseCombinations(recordsOf(['trial.clip={rule: stable-spam}'], [1, 1]));
  expect(clipping).not.toHaveProperty('nextThreshold');
});

it('knows the classifier where its kernel is clipped, and optimizers that make steps of a size of their own', async () => {
  const advice = async (...settings: string[]) => {
    const [clipping] = await diagnoseCombinations(recordsOf(settings, [0, 1]));
    return clipping!.advice.join(' ');
  };
  expect(await advice('trial.clip={rule: value, maxValue: 1}')).toContain('The classifier linear is clipped');
  expect(await advice('trial.clip={rule: agc, factor: 0.1}')).not.toContain('The classifier');
  expect(await advice('trial.clip={rule: agc, factor: 0.1, exclude: [stem]}')).toContain('The classifier linear');
  expect(await advice('trial.clip={rule: value, maxValue: 1}', 'trial.optimizer=muon')).toContain(
    'Compare with no clipping',
  );
  expect(await advice('trial.clip={rule: value, maxValue: 1}')).not.toContain('Compare with no clipping');
});

it('wants a tighter threshold where one seed of several broke', async () => {
  const records = recordsOf(['trial.clip={rule: agc, factor: 0.16}', 'seeds=2'], [0, 0], true);
  const [clipping] = await diagnoseCombinations(records);
  expect(clipping).toMatchObject({ ended: 2, diverged: 1, accuracy: 0.6, relaxBy: 0.25, nextThreshold: 0.04 });
});

it.each([
  ['collapsed', (step: number) => (step === 3 ? 4 : 2.3), 0.25],
  ['rose and came back', (step: number) => (step === 3 ? 4 : 2.3 - step / 10), 1],
  ['learnt', (step: number) => 2.3 - step / 10, 1],
])('takes a net that %s for what it is', async (_, loss, relaxBy) => {
  const [record] = recordsOf(['trial.clip={rule: agc, factor: 0.16}'], [0, 0]);
  const steps = Array.from(
    { length: 10 },
    (_, i): MetricsLine => ({ type: 'step', step: i + 1, epoch: 1, samples: i, seconds: i, loss: loss(i) }),
  );
  const [clipping] = await diagnoseCombinations([{ ...record!, metrics: [...steps, ...record!.metrics] }]);
  expect(clipping!.relaxBy).toBe(relaxBy);
});

it('tells the terminal how many there are of each kind, and the best of each', () => {
  const one = (name: string, relaxBy: number, accuracy: number) =>
    ({ name, relaxBy, accuracy, verdict: 'at times', advice: [`advice on ${name}`] }) as unknown as CombinationClipping;
  expect(clippingLines([])).toEqual([]);
  expect(
    clippingLines(
      [one('a', 4, 0.1), one('b', 4, 0.5), one('c', 1, 0.9), one('d', 0.25, 0.2)].concat(
        ['e', 'f', 'g'].map((name) => one(name, 4, 0.05)),
      ),
    ),
  ).toEqual([
    'clipping too tight 5, at times 1, too loose 1',
    '         b: advice on b',
    '         a: advice on a',
    '         e: advice on e',
    '         f: advice on f',
    '         and 1 more',
    '         c: advice on c',
    '         d: advice on d',
    '',
  ]);
});
