import { describe, expect, it } from 'vitest';
import { tinyConfig } from '../../__fixtures__/quick-config.js';
import { type AccuracyOf, seededRecords } from '../../__fixtures__/seeded-run.js';
import type { VerdictGoal } from './judge.js';
import { verdict } from './verdict.js';
import { verdictLines } from './verdict-lines.js';

const goal: VerdictGoal = { level: 0.05, margin: 0.5, power: 0.8, looks: 2 };
const BETWEEN = ['clipFactor=off', 'clipFactor=0.01'] as const;

/** The verdict on clip factor 0.01 over none at one batch size, of accuracies by seed from 1; undefined was not trained, NaN diverged. */
function judged(
  off: readonly (number | undefined)[],
  clipped: readonly (number | undefined)[],
  asked = goal,
  ...settings: string[]
) {
  const seeds = Math.max(off.length, clipped.length);
  const config = tinyConfig('axes.batchSize=256', 'trial.dataset.test=2000', `seeds=${seeds}`, ...settings);
  const records = seededRecords(config, ({ clipFactor, seed }) => (clipFactor === 'off' ? off : clipped)[seed - 1]);
  const found = verdict({ run: { records }, between: BETWEEN }, asked);
  return { ...found.judgements[0]!, lines: verdictLines(found, asked) };
}
// scipy 1.17.1: stats.ttest_rel(b, a, alternative='greater'), its two-sided confidence_interval(.95), and
// stats.ttest_1samp(b - a - .5, 0, alternative='less').
const PAIRED = {
  better: 0.000159344932732894,
  notBetter: 0.9986857274461597,
  low: 0.8968570446035495,
  high: 1.4631429553964526,
};
// stats.ttest_ind(b, a, equal_var=False, alternative='greater')
const WELCH = { better: 0.046683612703294845, freedom: 4.999531359837538, low: -0.2303568276889052 };

const sentenceOf = ({ lines }: { lines: readonly string[] }) =>
  lines.find((line) => line.startsWith('clipFactor 0.01'));

describe('a verdict on accuracies', () => {
  it('is a paired t test where the same seeds were trained', () => {
    const one = judged([90, 90.5, 91, 89.8, 90.2], [91.2, 91.5, 92.4, 90.7, 91.6]);
    expect(one).toMatchObject({ design: 'paired', samples: [5], answer: 'keep' });
    expect(one.difference).toBeCloseTo(1.18, 10);
    expect(one.better).toBeCloseTo(PAIRED.better, 8);
    expect(one.notBetter).toBeCloseTo(PAIRED.notBetter, 8);
    expect(one.interval![0]).toBeCloseTo(PAIRED.low, 8);
    expect(one.interval![1]).toBeCloseTo(PAIRED.high, 8);
    expect(sentenceOf(one)).toBe('clipFactor 0.01 over off: +1.2 points (95 % interval 0.90 to 1.5, 5 pairs), keep');
  });

  it("is Welch's where fewer seeds were trained in both than in one alone", () => {
    const gap = undefined;
    const one = judged([90, 90.5, 91, gap, gap, gap, gap], [gap, gap, gap, 91.2, 91.5, 92.4, 90.7]);
    expect(one).toMatchObject({ design: 'unpaired', samples: [3, 4] });
    expect(one.difference).toBeCloseTo(0.95, 10);
    expect(one.better).toBeCloseTo(WELCH.better, 8);
    expect(one.freedom).toBeCloseTo(WELCH.freedom, 8);
    expect(one.interval![0]).toBeCloseTo(WELCH.low, 8);
    // Two of each in common, three alone; then three in common.
    expect(judged([90, 91, gap, 92], [gap, 91, 90, 92]).design).toBe('paired');
    expect(judged([90, 91, gap, 92, 91], [gap, 91, 90, 92]).design).toBe('unpaired');
  });

  it('discards what is worse, what is not better by the margin, and what is better by less', () => {
    const worse = judged([91.2, 91.5, 92.4, 90.7, 91.6], [90, 90.5, 91, 89.8, 90.2]);
    expect(sentenceOf(worse)).toMatch(/5 pairs\), discard: it is worse$/);
    const same = judged([90, 91, 92, 90.5], [90.05, 90.9, 92.1, 90.45]);
    expect(sentenceOf(same)).toMatch(/, discard: not better by 0\.5$/);
    const little = judged([90, 91, 92, 90.5], [90.2, 91.22, 92.19, 90.71]);
    expect(little.better).toBeLessThan(0.001);
    expect(sentenceOf(little)).toMatch(/, discard: better, but by less than 0\.5$/);
    expect(judged([90, 91, 92, 90.5], [90.2, 91.22, 92.19, 90.71], { ...goal, margin: 0.1 }).answer).toBe('keep');
  });

  it('has no noise to go by with one seed, and asks for three', () => {
    const one = judged([90], [95]);
    expect(one).toMatchObject({ answer: 'test again', difference: 5, seeds: 3 });
    expect(one.interval).toBeUndefined();
    expect(sentenceOf(one)).toContain(
      '+5.0 points (no noise to go by: too few seeds, 1 pair), test again with 3 seeds',
    );
  });

  it('takes accuracies to be no finer than one test image', () => {
    // Steps of 1 %: two that are equal have a variance of 1/12 each, and so a standard error of sqrt(2/12/3) of three pairs.
    const one = judged([90, 91, 92], [91, 92, 93], goal, 'trial.dataset.test=100');
    expect(one.interval![1] - one.interval![0]).toBeCloseTo(2 * 4.302652729696142 * Math.sqrt(2 / 12 / 3), 6);
    expect(one.answer).toBe('test again');
  });

  it('tells what has not ended', () => {
    const one = judged([90, undefined, undefined], [undefined, undefined, undefined]);
    expect(one).toMatchObject({ answer: 'test again', seeds: 3, a: { open: 2 }, b: { open: 3 } });
    expect(sentenceOf(one)).toContain('was trained to the end, 5 not ended, test again with 3 seeds');
  });
});

describe('a verdict on what diverged', () => {
  const lost = Number.NaN;

  it('is that of an exact test: a diverged trial is worse than any accuracy', () => {
    // Of 5 and 5 one in 252; of 3 and 3 one in 20.
    const saved = judged([lost, lost, lost, lost, lost], [50, 60, 55, 70, 40]);
    expect(saved.divergesLess).toBeCloseTo(1 / 252, 10);
    expect(sentenceOf(saved)).toBe(
      'clipFactor 0.01 over off: no trial of one of them was trained to the end, diverged 0 of 5 against 5 of 5 (p 0.004), keep: it diverges less often',
    );
    const ruined = judged([90, 91, 92, 90, 91], [lost, lost, lost, lost, lost]);
    expect(sentenceOf(ruined)).toContain('(p 0.004), discard: it diverges more often');
    const three = judged([lost, lost, lost], [90, 91, 92]);
    expect(three.divergesLess).toBeCloseTo(1 / 20, 10);
    expect(three.answer).toBe('test again');
    expect(judged([lost, lost, lost], [90, 91, 92], { ...goal, looks: 1 }).answer).toBe('keep');
  });

  it('keeps no better accuracy that diverged more often, and discards no worse one that diverged less often', () => {
    const [base, better] = [
      [90, 90.1, 90.2, 90.1, 90.1],
      [93, 93.1, 93.2, 93.1, 93.1],
    ];
    expect(judged(base, better).answer).toBe('keep');
    const risky = judged(base, [lost, ...better.slice(1)]);
    expect(risky.better).toBeLessThan(0.001);
    expect(risky.answer).toBe('test again');
    expect(judged([lost, ...base.slice(1)], better).answer).toBe('keep');
    expect(judged([lost, ...better.slice(1)], base).answer).toBe('test again');
  });
});

describe('several comparisons', () => {
  const noise = [0.3, -0.2, 0.1, -0.3, 0.25];
  const accuracy: AccuracyOf = ({ clipFactor, batchSize, seed }) =>
    90 + (clipFactor === 'off' ? 0 : 0.35 + noise[(seed + batchSize / 256) % 5]!) + seed;

  it("share the level by Holm's rule", () => {
    const records = seededRecords(tinyConfig('axes.batchSize=256,512', 'seeds=5'), accuracy);
    const both = verdict({ run: { records }, between: BETWEEN }, goal).judgements;
    const alone = verdict({ run: { records }, between: BETWEEN }, goal, ['batchSize=256']).judgements;
    expect(both.map(({ at }) => at)).toEqual([{ batchSize: 256 }, { batchSize: 512 }]);
    expect(alone).toHaveLength(1);
    // The same differences at both batch sizes, in another order.
    expect(both[0]!.better).toBeCloseTo(2 * alone[0]!.better!, 10);
  });

  it('of which one is open are open', () => {
    const records = seededRecords(tinyConfig('axes.batchSize=256,512', 'seeds=5'), (config) =>
      config.batchSize === 512 && config.seed > 1
        ? undefined
        : accuracy(config)! + (config.clipFactor === 'off' ? 0 : 3),
    );
    const { judgements, answer } = verdict({ run: { records }, between: BETWEEN }, goal);
    expect(judgements.map((one) => one.answer)).toEqual(['keep', 'test again']);
    expect(answer).toBe('test again');
  });

  it('of two sweeps are of what both have, whatever is the same throughout each', () => {
    const [a, b] = ['trial.momentum=0.9', 'trial.momentum=0.8'].map((setting, i) => ({
      records: seededRecords(
        tinyConfig('seeds=5', setting),
        (config) => accuracy(config)! + 2 * i + noise[config.seed - 1]! * i,
      ),
    }));
    const found = verdict({ a: a!, b: b! }, goal);
    expect(found.judgements).toHaveLength(4);
    expect(found.answer).toBe('keep');
    const lines = verdictLines(found, goal);
    expect(lines).toContainEqual(
      expect.stringMatching(/^momentum 0\.8 over 0\.9 at clipFactor 0\.01, batchSize 256: \+2\.0/),
    );
  });
});

describe('what cannot be judged', () => {
  const records = seededRecords(tinyConfig('seeds=2'), ({ seed }) => 90 + seed);
  it.each([
    [
      ['clipfactor=0.01', 'clipFactor=off'],
      '--between: must name a key of the trials, got clipfactor; did you mean clipFactor?',
    ],
    [
      ['clipFactor=0.02', 'clipFactor=off'],
      '--between: clipFactor must be one of the values that trials have (0.01, off), got 0.02.',
    ],
    [
      ['clipFactor', 'clipFactor=off'],
      '--between: must look like key=value, for example clipFactor=0.04; got clipFactor.',
    ],
    [
      ['clipFactor=off', 'batchSize=256'],
      '--between: must name two settings that no trial has both of, got clipFactor=off and batchSize=256.',
    ],
  ] as const)('is refused: %j', (between, message) => {
    expect(() => verdict({ run: { records }, between }, goal)).toThrow(message);
  });

  it('is refused where nothing fits together', () => {
    const crossed = ['clipFactor=off,batchSize=256', 'clipFactor=0.01,batchSize=512'] as const;
    // What is the same throughout each is compared: the batch size too.
    expect(verdict({ run: { records }, between: crossed }, goal).judgements).toHaveLength(1);
    const other = seededRecords(tinyConfig('axes.batchSize=1024', 'seeds=2'), () => 90);
    const more = seededRecords(tinyConfig('axes.batchSize=256,512', 'seeds=2'), () => 90);
    expect(() => verdict({ a: { records: more }, b: { records: other } }, goal)).toThrow(
      'verdict: A and B have no combination of values in common, but for what is the same throughout each of them.\n  ',
    );
    expect(() => verdict({ run: { records }, between: BETWEEN }, goal, ['batchSize=1'])).toThrow(
      '--where: batchSize must be one of',
    );
  });
});
