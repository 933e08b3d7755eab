import { beforeAll, describe, expect, it } from 'vitest';
import { syntheticRecords } from '../../__fixtures__/synthetic-sweep.js';
import type { FullTrialRecord } from '../../schema/trial-record.js';
import type { TrialStatus } from '../../schema/trial-status.js';
import { sampleSd } from '../../statistics/sample-statistics.js';
import { pngRenderer } from '../png-renderer.js';
import { renderSvg } from '../render-figure.js';
import { binned } from './clip-o-gram.js';
import { type Figure, pageSpec, paperSpec } from './figure.js';
import { figureData } from './figure-data.js';
import { PAGE, PAPER } from './figure-theme.js';
import { averagedCurve, lossLimit } from './learning-curves.js';
import { makeFigures } from './make-figures.js';
import { paretoFront } from './pareto.js';

const records = syntheticRecords();
const textsOf = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text!);
const draw = (some: readonly FullTrialRecord[], name: string) => {
  const { figures, leftOut } = makeFigures(figureData(some));
  const figure = figures.find((each) => each.name === name);
  if (!figure) throw new Error(leftOut.find((each) => each.name === name)?.reason);
  return renderSvg(paperSpec(figure));
};
const reasonOf = (some: readonly FullTrialRecord[], name: string) =>
  makeFigures(figureData(some)).leftOut.find((each) => each.name === name)?.reason;

/** `record` with another end. */
const withStatus = (record: FullTrialRecord, change: Partial<TrialStatus>): FullTrialRecord => ({
  ...record,
  status: { ...record.status!, ...change },
});
/** Trials of one seed, 2 clip factors and 2 batch sizes, with these ends. */
const square = (...ends: readonly (Partial<TrialStatus> | undefined)[]) =>
  syntheticRecords({ clipFactors: [0.01, 0.04], batchSizes: [256, 1024], seeds: 1, hasBaseline: false }).map(
    (record, i) => {
      if (ends[i]) return withStatus(record, ends[i]);
      const { status: _, ...queued } = record;
      return queued;
    },
  );
const done = (accuracy: number): Partial<TrialStatus> => ({ status: 'done', metrics: { accuracy } });
const diverged = (step: number): Partial<TrialStatus> => ({ status: 'diverged', step, metrics: { accuracy: 0.99 } });

describe('the figures of a full sweep', () => {
  let figures: readonly Figure[];
  beforeAll(() => {
    figures = makeFigures(figureData(records)).figures;
  });

  it('all apply', () => {
    expect(figures.map(({ name }) => name)).toEqual([
      'heatmap',
      'fig2a',
      'fig2b',
      'stability',
      'curves',
      'clip-o-gram',
      'pareto',
      'parallel',
      'importance',
    ]);
  });

  it('are drawn for paper and page, with titles on their axes', async () => {
    for (const figure of figures) {
      const paper = await renderSvg(paperSpec(figure));
      expect(textsOf(paper).join(' '), figure.name).toContain(figure.title.slice(0, 20));
      const page = await renderSvg(pageSpec(figure, PAGE));
      expect(page, figure.name).not.toContain(`>${figure.title}<`);
      // The page's own colours, so that it can be dark.
      expect(page, figure.name).toContain('var(--ink)');
    }
    const axes = await Promise.all(figures.map(async (figure) => textsOf(await renderSvg(paperSpec(figure)))));
    expect(axes[0]).toEqual(expect.arrayContaining(['clip factor λ', 'batch size (images)']));
    expect(axes[1]).toEqual(
      expect.arrayContaining(['test accuracy (%)', 'batch size (images)', 'BN', 'NF', 'NF + AGC']),
    );
    expect(axes[2]).toEqual(expect.arrayContaining(['test accuracy (%)', 'clip factor λ', 'off', 'diverged', '3/3']));
    expect(axes.at(-1)).toEqual(
      expect.arrayContaining(['share of importance (%)', 'clip factor λ', 'batch size', 'model']),
    );
    expect(axes[4]).toEqual(expect.arrayContaining(['training loss', 'images seen', 'batch size 256']));
  });

  it('tell their lines apart without colours', async () => {
    const svg = await draw(records, 'fig2b');
    expect(new Set(svg.match(/stroke-dasharray="[^"]+"/g)).size).toBeGreaterThanOrEqual(3);
  });

  it('become PNGs with text drawn', async () => {
    const svg = await draw(records, 'heatmap');
    const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg)!.map(Number);
    const renderer = pngRenderer();
    const png = Buffer.from(await renderer.draw(svg, 2));
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([2 * width!, 2 * height!]);
    const textless = await renderer.draw(svg.replace(/<text.*?<\/text>/gs, ''), 2);
    renderer.close();
    expect(png.length).toBeGreaterThan(1.2 * textless.length);
  });
});

describe('the points', () => {
  it('are means and deviations over the seeds that are done', () => {
    const same = syntheticRecords({ clipFactors: [0.01], batchSizes: [256], seeds: 4, hasBaseline: false });
    const ends = [done(0.9), done(0.92), done(0.97), diverged(3)];
    const { points, seeds } = figureData(same.map((record, i) => withStatus(record, ends[i]!)));
    expect(seeds).toBe(4);
    // (90 + 92 + 97) / 3 = 93; deviations -3, -1, 4: sqrt((9 + 1 + 16) / 2) = sqrt(13)
    expect(points).toHaveLength(1);
    expect(points[0]).toMatchObject({ done: 3, diverged: 1, ended: 4, kind: 'NF + AGC' });
    expect(points[0]!.mean).toBeCloseTo(93, 10);
    expect(points[0]!.sd).toBeCloseTo(Math.sqrt(13), 10);
    expect(sampleSd([5])).toBe(0);
  });
});

describe('the heatmap', () => {
  it('has its axes in order, weakest clipping on top, and labels every cell', async () => {
    const texts = textsOf(
      await draw(square(done(0.951), done(0.902), diverged(3), { status: 'failed', metrics: {} }), 'heatmap'),
    );
    expect(texts.indexOf('0.04')).toBeLessThan(texts.indexOf('0.01'));
    expect(texts).toEqual(expect.arrayContaining(['95.1', '90.2', 'step 3', 'failed']));
    // The diverged trial's last accuracy is no result.
    expect(texts).not.toContain('99.0');
    expect(textsOf(await draw(square(undefined, undefined, undefined, undefined), 'heatmap'))).toContain('not run');
  });

  it('keeps its colours for the range of good trials when one collapsed', () => {
    const { figures } = makeFigures(figureData(square(done(0.951), done(0.902), done(0.1), done(0.93))));
    const text = JSON.stringify(figures[0]!.draw(PAPER));
    // 95.1 - 20
    expect(text).toContain('"domain":[75.1,95.1]');
    expect(text).toContain('≤');
  });

  it('is drawn for a single trial', async () => {
    expect(textsOf(await draw(square(done(0.9)).slice(0, 1), 'heatmap'))).toContain('90.0');
  });

  it('takes whatever axes a sweep has, and holds the others', async () => {
    const swept = records
      .filter(({ trial }) => trial.config.clipFactor === 0.01 && trial.config.batchSize <= 512)
      .map((record, i) => ({
        ...record,
        trial: { ...record.trial, config: { ...record.trial.config, momentum: i % 2 === 0 ? 0.8 : 0.9 } },
      }));
    const { figures, leftOut } = makeFigures(figureData(swept));
    expect(figures[0]!.title).toBe('Test accuracy by momentum and batch size');
    expect(leftOut).toEqual(
      expect.arrayContaining([{ name: 'fig2b', reason: 'the sweep has fewer than two clip factors' }]),
    );
    expect(makeFigures(figureData(records)).figures[0]!.note).toContain(
      // 4 batch sizes, 5 factors and off, 3 seeds; and 12 of the batch-normalized network.
      '72 of 84 trials are shown, those with model nf_resnet50.',
    );
  });
});

/** All numbers that say where something is drawn. */
const placesIn = (svg: string) =>
  [...svg.matchAll(/\s(?:d|transform|x|y|x1|x2|y1|y2|width|height)="([^"]*)"/g)].flatMap(([, text]) =>
    (text!.match(/NaN|Infinity|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/g) ?? []).map(Number),
  );

describe('figures of runs that went wrong', () => {
  const losses = [2.3, 1e9, 1e38, null, 3e300, Number.NaN, Number.POSITIVE_INFINITY, -1e30, 2.2];
  const wild = records.map((record, i) => ({
    ...record,
    metrics: record.metrics.map((line) =>
      line.type === 'step' ? { ...line, loss: losses[(i + line.step) % losses.length]! } : line,
    ),
  }));
  const broken = wild.map((record, i) =>
    i % 5 === 0
      ? withStatus(record, { status: 'done', metrics: { accuracy: [null, Number.NaN, Infinity][i % 3] as number } })
      : record,
  );

  it.each([
    ['losses of any size', wild],
    ['accuracies that are no numbers', broken],
    ['one accuracy for all', records.map((record) => withStatus(record, done(0.13)))],
  ])('draw nothing outside of the frame: %s', async (_, some) => {
    for (const figure of makeFigures(figureData(some)).figures) {
      const places = placesIn(await renderSvg(paperSpec(figure)));
      expect(places.length, figure.name).toBeGreaterThan(50);
      expect(
        places.filter((place) => !(Math.abs(place) < 2000)),
        figure.name,
      ).toEqual([]);
    }
  });

  it.each([
    [2.31, 2.3, 2.29],
    [2.31, 2.31, 2.31],
    [2.31, 1, -1e30],
    [1e9, 1e9, 1e9],
  ])('draw crosses and curves within the frame where losses are %f, %f, %f', async (...losses) => {
    // The others are lost at their second step.
    const narrow = records.slice(0, 6).map((record, i) => {
      const line = (step: number, loss: number) =>
        ({ type: 'step', step, epoch: 1, samples: 32 * step, loss, seconds: step }) as const;
      const metrics = i === 0 ? losses.map((loss, k) => line(k + 1, loss)) : [line(1, 2.31)];
      return { ...withStatus(record, i === 0 ? done(0.2) : diverged(2)), metrics };
    });
    const curves = makeFigures(figureData(narrow)).figures.find(({ name }) => name === 'curves')!;
    const { data, spec } = curves.draw(PAPER) as {
      data: { values: { loss: number; mark: string }[] };
      spec: { encoding: { y: { scale: { domain: [number, number] } } } };
    };
    const [floor, limit] = spec.encoding.y.scale.domain;
    const marks = new Set(data.values.map(({ mark }) => mark));
    expect(marks).toEqual(new Set(['line', 'cross']));
    for (const { loss } of data.values) {
      expect(loss).toBeGreaterThan(floor);
      expect(loss).toBeLessThanOrEqual(limit);
    }
  });

  it('have no marks below 0 and above 100 %', async () => {
    for (const accuracy of [0, 1]) {
      const same = records.map((record) => withStatus(record, done(accuracy)));
      for (const name of ['heatmap', 'fig2a', 'fig2b', 'pareto', 'parallel']) {
        const numbers = textsOf(await draw(same, name)).filter((text) => /^[-−]?\d+\.?\d*$/.test(text));
        const told = numbers.map((text) => Number(text.replace('−', '-')));
        expect(Math.min(...told), `${name} of ${accuracy}`).toBeGreaterThanOrEqual(0);
        if (/heatmap|parallel/.test(name)) expect(numbers, name).toContain(`${100 * accuracy}.0`);
        expect(numbers, `${name} of ${accuracy}`).not.toEqual(expect.arrayContaining(['100.2', '100.5', '101.0']));
      }
    }
  });

  it('say what is shown of clipping where no trial was trained to the end, and of a sweep without axes', () => {
    const figureOf = (some: readonly FullTrialRecord[]) =>
      makeFigures(figureData(some)).figures.find(({ name }) => name === 'clip-o-gram')!;
    const clipped = records.filter(({ metrics }) => metrics.some(({ type }) => type === 'clip')).slice(0, 1);
    expect(clipped).toHaveLength(1);
    const lost = figureOf(clipped.map((record) => withStatus(record, diverged(3))));
    expect(lost.note).toContain('Share of units whose gradient was clipped, of one that diverged. Layers');
    expect(JSON.stringify(lost.draw(PAPER))).toContain('"text":"diverged at step 3"');
    const alone = figureOf(clipped.map((record) => withStatus(record, done(0.5))));
    expect(alone.note).toContain('was clipped, of the most accurate trial at the largest batch size. Layers');
    expect(JSON.stringify(alone.draw(PAPER))).toContain('"text":"most accurate"');
  });

  it('write equal values with the digits they have', async () => {
    const same = records.map((record) => withStatus(record, done(0.13)));
    for (const name of ['fig2a', 'pareto']) expect(textsOf(await draw(same, name)).join(' ')).not.toContain('13.000');
  });
});

describe('the slices', () => {
  const drawn = Array.from({ length: 30 }, (_, i) => {
    const [record] = syntheticRecords({ clipFactors: [0.01], batchSizes: [256], seeds: 1, hasBaseline: false });
    const config = {
      ...record!.trial.config,
      clipFactor: 0.01 * 1.13 ** i,
      momentum: 0.5 + 0.4 * Math.abs(Math.sin(i)),
    };
    const trial = { ...record!.trial, id: String(i), config };
    return withStatus({ ...record!, trial }, i % 7 === 0 ? diverged(3) : done(0.5 + i / 100));
  });

  it('stand for the heatmap where values were drawn', async () => {
    expect(reasonOf(drawn, 'heatmap')).toBe('values of clip factor λ hardly repeat: see the figure "slices"');
    expect(reasonOf(drawn, 'curves')).toContain('hardly repeat');
    expect(JSON.stringify(makeFigures(figureData(records)))).not.toContain('slices');
    const svg = await draw(drawn, 'slices');
    // 30 points in each of two panels, of which 5 crosses.
    expect(svg.match(/aria-roledescription="point"/g)).toHaveLength(60);
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['clip factor λ', 'momentum', 'test accuracy (%)']));
  });
});

describe('figures that do not apply', () => {
  it('say why', () => {
    const nothing = square(undefined, undefined, undefined, undefined);
    expect(reasonOf(nothing, 'fig2a')).toBe('no trial has ended');
    expect(reasonOf(nothing, 'pareto')).toBe('fewer than two combinations have trained to the end');
    expect(reasonOf(square(done(0.9)).slice(0, 1), 'parallel')).toBe('the sweep has fewer than two axes');
    expect(reasonOf([], 'heatmap')).toBe('the sweep has no trial');
  });
});

describe('the frontier', () => {
  it('is in the note of the stability map with its interval, or the reason for its absence', () => {
    const noteOf = (some: readonly FullTrialRecord[]) =>
      makeFigures(figureData(some)).figures.find(({ name }) => name === 'stability')!.note;
    expect(noteOf(records)).toMatch(
      /λ ∝ batch\^-\d\.\d\d \[-\d\.\d\d, -\d\.\d\d\]; band: 95 % of \d+ bootstrap draws of 3 seeds, which are few/,
    );
    expect(noteOf(square(done(0.9), done(0.9), done(0.9), diverged(3)))).toContain('no band: the sweep has one seed');
    expect(noteOf(square(done(0.9), done(0.9), done(0.9), done(0.9)))).toContain('No frontier');
    const pairs = syntheticRecords({ seeds: 2, hasBaseline: false });
    expect(noteOf(pairs)).toMatch(/λ ∝ batch\^-\d\.\d\d; no band: 2 seeds are too few for one/);
  });
});

describe('the learning curves', () => {
  it('are averaged down in groups that fit those of other trials, without the losses that are no numbers', () => {
    const step = (i: number, loss: number) =>
      ({ type: 'step', step: i, epoch: 1, samples: 256 * i, loss, seconds: i }) as const;
    const curve = averagedCurve(
      [...Array.from({ length: 60 }, (_, i) => step(i + 1, i + 1)), step(61, Number.NaN)],
      120,
    );
    expect(curve).toHaveLength(30);
    // The first two steps: losses 1 and 2, 256 and 512 images.
    expect(curve[0]).toEqual({ samples: 384, loss: 1.5 });
  });

  it('are cut where a loss shoots off', () => {
    const curve = (...losses: number[]) => ({ curve: losses.map((loss, samples) => ({ samples, loss })) });
    // 2.2 * 1.5 = 3.3
    expect(lossLimit([curve(2.2, 1e9), curve(2.2, 1), curve(900)])).toBeCloseTo(3.3, 10);
    expect(lossLimit([curve(2.2, 2.3)])).toBeCloseTo(2.3 * 1.02, 10);
  });
});

describe('the clip-o-gram', () => {
  it('averages lines, taking a layer that is not told for unclipped', () => {
    const lines = Array.from({ length: 96 }, (_, i) => ({
      type: 'clip' as const,
      step: 10 * (i + 1),
      seconds: i,
      layers: i % 2 === 0 ? { a: 1 } : { a: 0.5, b: 0.2 },
    }));
    const { layers, cells } = binned(lines);
    expect(layers).toEqual(['a', 'b']);
    expect(cells).toHaveLength(2 * 48);
    expect(cells.slice(0, 3)).toEqual([
      { from: 0, to: 20, layer: 'a', ratio: 0.75 },
      { from: 0, to: 20, layer: 'b', ratio: 0.1 },
      { from: 20, to: 40, layer: 'a', ratio: 0.75 },
    ]);
  });
});

describe('the Pareto front', () => {
  it('holds what nothing beats in both', () => {
    const point = (seconds: number, mean: number) => ({ seconds, mean }) as Parameters<typeof paretoFront>[0][number];
    const front = paretoFront([point(3, 92), point(1, 90), point(2, 89), point(4, 92), point(3, 91)]);
    expect(front.map(({ seconds, mean }) => [seconds, mean])).toEqual([
      [1, 90],
      [3, 92],
    ]);
  });
});

it('gives a heatmap of one row, and a stability map of two, their height under any title', async () => {
  const few = syntheticRecords({ clipFactors: [0.04], batchSizes: [256, 1024], seeds: 2, hasBaseline: false });
  const heightOf = (svg: string) =>
    Number(
      /role="graphics-object"[^>]*>\s*<g[^>]*><path class="background"[^>]* d="M0,0h[\d.]+v([\d.]+)h/.exec(svg)?.[1],
    );
  expect(heightOf(await draw(few, 'heatmap'))).toBe(31);
  const pair = syntheticRecords({ clipFactors: [0.04, 0.16], batchSizes: [256, 1024], seeds: 2, hasBaseline: false });
  expect(heightOf(await draw(pair, 'stability'))).toBe(24 + 2 * 22);
});

it('leaves out the deviation where it does not fit beside the share of seeds that trained', async () => {
  const cells = async (batchSizes: readonly number[]) => {
    const some = syntheticRecords({ clipFactors: [0.04, 0.08], batchSizes, seeds: 12, steps: 4, hasBaseline: false });
    const ends = some.map((record, i) => withStatus(record, i % 12 === 0 ? diverged(2) : done(0.9)));
    return textsOf(await draw(ends, 'heatmap')).filter((text) => text.includes('11/12'));
  };
  expect(await cells([256, 512])).toEqual(Array(4).fill('± 0.0, 11/12'));
  expect(await cells([64, 128, 256, 512, 1024])).toEqual(Array(10).fill('11/12'));
});

describe('of thousands of trials', () => {
  const noteOf = (some: readonly FullTrialRecord[], name: string) =>
    makeFigures(figureData(some)).figures.find((each) => each.name === name)?.note;

  it('the curves are means over some of the seeds, and say of which', () => {
    let read = 0;
    const counted = syntheticRecords({
      clipFactors: [0.01],
      batchSizes: [1024],
      seeds: 30,
      steps: 8,
      hasBaseline: false,
    }).map(({ metrics, ...record }) => ({
      ...record,
      get metrics() {
        read++;
        return metrics;
      },
    }));
    expect(noteOf(counted, 'curves')).toContain('mean over those of the first 20 of 30 seeds that trained to the end');
    // Five more for the clip-o-gram's choice.
    expect(read).toBeLessThanOrEqual(30);
  });

  it('the front is drawn whole, and an even choice of the rest', async () => {
    const [first] = syntheticRecords({ clipFactors: [0.01], batchSizes: [1024], seeds: 1, hasBaseline: false });
    const many = Array.from({ length: 2500 }, (_, i) => {
      const momentum = 0.5 + i / 10_000;
      // Ever slower and better up to the thousandth, which is the best of all.
      const metrics = { accuracy: i < 1000 ? 0.5 + i / 4000 : 0.7 - i / 10_000 };
      const endedAt = new Date(Date.parse(first!.status!.startedAt) + 1000 * (i + 1)).toISOString();
      const trial = { ...first!.trial, id: String(i), config: { ...first!.trial.config, momentum } };
      return { ...first!, trial, status: { ...first!.status!, status: 'done' as const, metrics, endedAt } };
    });
    expect(noteOf(many, 'pareto')).toContain(' 1750 of 2500 points are drawn.');
    const svg = await draw(many, 'pareto');
    expect(svg.match(/aria-roledescription="point"/g)).toHaveLength(1750);
  });
});
