import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { tinyConfig } from '../__fixtures__/quick-config.js';
import { syntheticConfig, syntheticRecords, writeSyntheticRun } from '../__fixtures__/synthetic-sweep.js';
import { temporaryFolder } from '../__fixtures__/temporary-folder.js';
import { planTrials } from '../plan/plan-trials.js';
import type { MetricsLine } from '../schema/metrics-line.js';
import type { Trial } from '../schema/trial.js';
import type { FullTrialRecord } from '../schema/trial-record.js';
import type { TrialStatus } from '../schema/trial-status.js';
import { fullRecord, readRecords, runFiles } from '../store/run-folder.js';
import { describeBest, summarize } from './summarize.js';
import { renderReport, writeReport } from './write-report.js';

const config = { ...tinyConfig('axes.clipFactor=0.01,off,0.16'), name: 'a <b>' };
const times = { startedAt: '2026-01-01T00:00:00Z', endedAt: '2026-01-01T00:01:30Z' };
const line = (step: number, loss: number): MetricsLine => ({
  type: 'step',
  step,
  epoch: 1,
  samples: 256 * step,
  loss,
  seconds: step,
});

const STATUSES: (TrialStatus | undefined)[] = [
  { status: 'done', step: 8, metrics: { accuracy: 0.951, loss: 0.6 }, ...times },
  { status: 'done', step: 4, metrics: { accuracy: 0.902, loss: 0.7 }, ...times },
  { status: 'done', step: 8, metrics: { accuracy: 0.938, loss: 0.6 }, ...times },
  { status: 'diverged', step: 3, reason: 'the loss is NaN', metrics: { accuracy: 0.99 }, ...times },
  { status: 'failed', step: 2, reason: 'a < b & "c"', metrics: {}, ...times },
];
const records: FullTrialRecord[] = planTrials(config).map((trial, i) => ({
  trial,
  metrics: [line(1, 2.3), line(2, 2.1), line(3, i === 3 ? Number.NaN : 1.9)],
  ...(STATUSES[i] ? { status: STATUSES[i] } : {}),
  environment: { engine: 'wasm', cpu: 'a fast one', startedAt: `${i}` },
}));

const fullRecordsOf = (dir: string, trials: readonly Trial[]) =>
  readRecords(dir, trials).map((record) => fullRecord(dir, record));

describe('summarize', () => {
  it('counts the states and finds the best of the trials that are done', () => {
    const summary = summarize('x', records);
    expect(summary.counts).toEqual({ done: 3, diverged: 1, failed: 1, queued: 1 });
    expect(summary.best).toEqual({ trials: [records[0]!.trial.id], accuracy: 0.951, done: 1, equals: 0 });
    expect(summary.trials[0]).toMatchObject({ learningRate: 0.1, step: 8, steps: 8, seconds: 90 });
  });
});

describe('the best of a sweep', () => {
  const [first] = records;
  /** Trials of one clip factor, a seed each: an accuracy, or a status. */
  const combination = (clipFactor: number, ends: readonly (number | null | 'diverged' | 'running')[]) =>
    ends.map((end, seed) => ({
      trial: { ...first!.trial, id: `${clipFactor}-${seed}`, config: { ...first!.trial.config, clipFactor, seed } },
      status: {
        ...STATUSES[0]!,
        status: typeof end === 'string' ? end : ('done' as const),
        metrics: typeof end === 'string' ? { accuracy: 0.99 } : { accuracy: end as number },
      },
    }));
  const bestOf = (...combinations: ReturnType<typeof combination>[]) => summarize('x', combinations.flat()).best;

  it('is the best mean over seeds, and not the best seed', () => {
    const best = bestOf(combination(0.01, [0.17, 0.1, 0.12]), combination(0.02, [0.14, 0.15, 0.13]));
    expect(best).toMatchObject({ trials: ['0.02-0', '0.02-1', '0.02-2'], done: 3, equals: 0 });
    expect(best!.accuracy).toBeCloseTo(0.14, 12);
    expect(best!.sd).toBeCloseTo(0.01, 12);
    expect(describeBest(best!)).toBe('14.0 ± 1.0 % over 3 seeds');
  });

  it('is one that no seed diverged in, where there is one', () => {
    expect(bestOf(combination(0.01, [0.9, 'diverged']), combination(0.02, [0.8, 0.7]))!.trials[0]).toBe('0.02-0');
    expect(bestOf(combination(0.01, [0.9, 'diverged']), combination(0.02, ['diverged']))).toMatchObject({
      trials: ['0.01-0', '0.01-1'],
      done: 1,
    });
  });

  it('says how many are as good', () => {
    const best = bestOf(combination(0.01, [0.17]), combination(0.02, [0.17]), combination(0.04, [0.17]));
    expect(describeBest(best!)).toBe('17.0 %, as 2 others');
  });

  it('is never one whose accuracy is no number', () => {
    expect(
      bestOf(combination(0.01, [Number.NaN]), combination(0.02, [null]), combination(0.04, [0.1]))!.trials,
    ).toEqual(['0.04-0']);
    expect(bestOf(combination(0.01, [Number.NaN, Infinity]), combination(0.04, ['running']))).toBeUndefined();
  });
});

describe('the report', () => {
  it('is one page without requests or scripts that holds everything', async () => {
    const { html, figures, leftOut } = await renderReport(config, records);
    expect(html.match(/<script|<link|<img|@import|url\((?!#)|(src|href)="/)).toBeNull();
    // Names of namespaces are no requests.
    expect(html.replace(/xmlns(:xlink)?="[^"]*"/g, '').match(/https?:/)).toBeNull();
    expect(html).toContain('<title>Sweep: a &lt;b&gt;</title>');
    expect(html).toContain('a &lt; b &amp; &quot;c&quot;');
    expect(html).toContain('prefers-color-scheme: dark');
    expect(html).toContain('name="viewport"');
    expect(html.match(/<h2>.*?<\/h2>/g)).toEqual(['<h2>Figures</h2>', '<h2>Trials</h2>', '<h2>What was run</h2>']);
    expect(html.match(/<tr/g)).toHaveLength(1 + records.length);
    expect(figures.map(({ name }) => name)).toEqual([
      'heatmap',
      'fig2a',
      'fig2b',
      'stability',
      'curves',
      'pareto',
      'parallel',
      'importance',
    ]);
    expect(html.match(/<figure/g)).toHaveLength(figures.length);
    expect(leftOut).toEqual([{ name: 'clip-o-gram', reason: 'no trial recorded how much each layer was clipped' }]);
    expect(html).toContain('Left out: clip-o-gram (no trial recorded');
    expect(html).toContain('labelSmoothing: 0.1');
    expect(html).toContain('cpu: a fast one');
    expect(html.match(/<pre>/g)).toHaveLength(2);
    for (const { trial } of records) expect(html).toContain(trial.id);
  });

  it('is a page and three files for each figure, a column wide in print', async () => {
    const dir = temporaryFolder();
    const made = syntheticRecords();
    writeSyntheticRun(dir, made);
    const trials = made.map(({ trial }) => trial);
    const report = await writeReport(dir, syntheticConfig(), fullRecordsOf(dir, trials));
    expect(report.leftOut).toEqual([]);
    const names = report.figures.map(({ name }) => name);
    expect(readdirSync(runFiles(dir).figures).sort()).toEqual(
      names.flatMap((name) => [`${name}.png`, `${name}.svg`, `${name}.vl.json`]).sort(),
    );
    for (const name of names) {
      expect(JSON.parse(readFileSync(runFiles(dir).figure(name, 'vl.json'), 'utf8'))).toMatchObject({
        $schema: expect.stringContaining('vega-lite'),
      });
      const png = readFileSync(runFiles(dir).figure(name, 'png'));
      expect(png.subarray(1, 4).toString()).toBe('PNG');
      // 8.5 cm at 300 dpi are 1004 pixels; labels may reach 3 % beyond.
      expect(png.readUInt32BE(16), name).toBeGreaterThan(900);
      expect(png.readUInt32BE(16), name).toBeLessThan(1035);
    }
    expect(Buffer.byteLength(report.html)).toBeLessThan(1_000_000);

    // A figure that applied once and no longer does goes.
    writeFileSync(runFiles(dir).figure('fig2a', 'png'), 'old');
    const oneBatch = made.filter(({ trial }) => trial.config.batchSize === 256).map(({ trial }) => trial);
    const smaller = await writeReport(dir, syntheticConfig(), fullRecordsOf(dir, oneBatch));
    expect(smaller.leftOut.map(({ name }) => name)).toEqual(['fig2a', 'stability']);
    expect(existsSync(runFiles(dir).figure('fig2a', 'png'))).toBe(false);
  });

  it('of a large sweep stays small, and says what it leaves out', async () => {
    const large = syntheticRecords({
      clipFactors: Array.from({ length: 15 }, (_, i) => 0.005 * 1.3 ** i),
      batchSizes: [64, 128, 256, 512, 1024, 2048, 4096],
      seeds: 11,
      steps: 5,
    });
    expect(large.length).toBe(15 * 7 * 11 + 2 * 7 * 11);
    const { html } = await renderReport(syntheticConfig(), large);
    expect(Buffer.byteLength(html)).toBeLessThan(2_500_000);
    expect(html).toContain('The 1000 most accurate of 1309 trials');
    expect(html.match(/<tr/g)).toHaveLength(1001);
  });
});
