import { describe, expect, it } from 'vitest';
import { tinyConfig } from './__fixtures__/quick-config.js';
import { PAPER } from './figure-theme.js';
import { heatmapSpec, sortedBatchSizes, sortedClipFactors } from './heatmap-spec.js';
import { averagedCurve, curveLimits } from './learning-curves-spec.js';
import { planTrials } from './plan-trials.js';
import { renderPng, renderSvg } from './render-figure.js';
import type { FullTrialRecord } from './run-folder.js';
import { summarize } from './summarize.js';
import type { MetricsLine, TrialStatus } from './trial-folder.js';
import { renderReport } from './write-report.js';

const config = { ...tinyConfig('axes.clipFactor=0.01,off,0.16'), name: 'a <b>' };
const times = { startedAt: '2026-01-01T00:00:00Z', endedAt: '2026-01-01T00:01:30Z' };
const line = (step: number, loss: number | null): MetricsLine => ({
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
  metrics: [line(1, 2.3), line(2, 2.1), line(3, i === 3 ? null : 1.9)],
  ...(STATUSES[i] ? { status: STATUSES[i] } : {}),
  environment: { engine: 'wasm', cpu: 'a fast one', startedAt: `${i}` },
}));

describe('summarize', () => {
  it('counts the states and finds the best of the trials that are done', () => {
    const summary = summarize('x', records);
    expect(summary.counts).toEqual({ done: 3, diverged: 1, failed: 1, queued: 1 });
    expect(summary.best).toBe(records[0]!.trial.id);
    expect(summary.trials[0]).toMatchObject({ learningRate: 0.1, step: 8, steps: 8, seconds: 90 });
  });
});

describe('the heatmap', () => {
  const summary = summarize('x', records);

  it('has its axes in order, weakest clipping on top', () => {
    expect(sortedBatchSizes(summary.trials)).toEqual(['256', '512']);
    expect(sortedClipFactors(summary.trials)).toEqual(['off', '0.16', '0.01']);
  });

  it('labels every cell: accuracy, where it diverged, what failed, what never ran', async () => {
    const svg = await renderSvg(heatmapSpec(summary, PAPER, { title: 'Title', subtitle: ['one', 'two'] }));
    const texts = [...svg.matchAll(/<text[^>]*>([^<]+)</g)].map(([, text]) => text);
    expect(texts).toEqual(
      expect.arrayContaining([
        '95.1',
        '90.2',
        '93.8',
        'diverged @ step 3',
        'failed',
        'not run',
        'clip factor (λ)',
        'batch size',
        'Title',
        'off',
      ]),
    );
    // The diverged trial's last accuracy is no result.
    expect(texts).not.toContain('99.0');
  });

  it('keeps its colours for the range of good trials when one collapsed', () => {
    const withCollapse = {
      ...summary,
      trials: [...summary.trials.slice(0, 2), { ...summary.trials[2]!, metrics: { accuracy: 0.1 } }],
    };
    const text = JSON.stringify(heatmapSpec(withCollapse, PAPER));
    // 95.1 - 20
    expect(text).toContain('"domain":[75.1,95.1]');
    expect(text).toContain('≤');
  });

  it('becomes a PNG of twice its size, with text drawn', async () => {
    const svg = await renderSvg(heatmapSpec(summary, PAPER));
    const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg)!.map(Number);
    const png = Buffer.from(renderPng(svg));
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([2 * width!, 2 * height!]);
    const textless = renderPng(svg.replace(/<text.*?<\/text>/gs, ''));
    expect(png.length).toBeGreaterThan(1.2 * textless.length);
  });

  it('is drawn for a single trial, and for none that ran', async () => {
    for (const some of [records.slice(0, 1), records.slice(5)]) {
      expect(await renderSvg(heatmapSpec(summarize('x', some), PAPER))).toContain('clip factor');
    }
  });
});

describe('the learning curves', () => {
  it('are averaged down, without the losses that are no numbers', () => {
    const steps = Array.from({ length: 140 }, (_, i) => line(i + 1, i + 1));
    const curve = averagedCurve([...steps, line(141, null)]);
    expect(curve).toHaveLength(70);
    // The first two steps: losses 1 and 2, 256 and 512 images.
    expect(curve[0]).toEqual({ samples: 384, loss: 1.5 });
  });

  it('are cut where a loss shoots off', () => {
    // 2.3 * 1.5 = 3.45
    const shot = { ...records[0]!, metrics: [line(1, 2.3), line(2, 1e9)] };
    expect(curveLimits([shot, records[1]!]).loss).toBeCloseTo(3.45, 10);
    expect(curveLimits([records[0]!])).toEqual({ samples: 2048, loss: 2.3 * 1.02 });
  });
});

describe('the report', () => {
  it('is one page without requests or scripts that holds everything', async () => {
    const { html } = await renderReport(config, records);
    expect(html.match(/<script|<link|<img|@import|url\((?!#)|(src|href)="/)).toBeNull();
    // Names of namespaces are no requests.
    expect(html.replace(/xmlns(:xlink)?="[^"]*"/g, '').match(/https?:/)).toBeNull();
    expect(html).toContain('<title>Sweep: a &lt;b&gt;</title>');
    expect(html).toContain('a &lt; b &amp; &quot;c&quot;');
    expect(html).toContain('prefers-color-scheme: dark');
    expect(html).toContain('name="viewport"');
    expect(html.match(/<h2>.*?<\/h2>/g)).toEqual([
      '<h2>Accuracy on the test images</h2>',
      '<h2>Learning curves</h2>',
      '<h2>Trials</h2>',
      '<h2>What was run</h2>',
    ]);
    expect(html.match(/<tr/g)).toHaveLength(1 + records.length);
    expect(html.match(/<figure/g)).toHaveLength(1 + 2);
    expect(html).toContain('labelSmoothing: 0.1');
    expect(html).toContain('cpu: a fast one');
    expect(html.match(/<pre>/g)).toHaveLength(2);
    for (const { trial } of records) expect(html).toContain(trial.id);
  });
});
