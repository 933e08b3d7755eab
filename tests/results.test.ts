import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

interface Trial {
  readonly status: string;
  readonly config: {
    readonly model: string;
    readonly clipFactor?: 'off' | number;
    readonly clip?: Readonly<Record<string, string | number>> & { readonly rule: string };
    readonly optimizer?: string;
    readonly batchSize: number;
    readonly precision?: string;
    readonly clipExclude?: readonly string[];
    readonly step?: { readonly name: string; readonly rho?: number; readonly ascentShare?: number };
  };
  readonly metrics: { readonly accuracy?: number };
}

const trialsOf = (sweep: string) =>
  (JSON.parse(read(`docs/sweeps/${sweep}/summary.json`)) as { trials: readonly Trial[] }).trials;

/** Mean and deviation of the three seeds that ended, in percent, and how many of them diverged. */
function cell(trials: readonly Trial[]): string {
  expect(trials).toHaveLength(3);
  const done = trials.filter(({ status }) => status === 'done').map(({ metrics }) => 100 * metrics.accuracy!);
  const diverged = trials.filter(({ status }) => status === 'diverged').length;
  expect(done.length + diverged).toBe(3);
  if (done.length === 0) return 'diverged';
  const mean = done.reduce((sum, accuracy) => sum + accuracy, 0) / done.length;
  const squares = done.reduce((sum, accuracy) => sum + (accuracy - mean) ** 2, 0);
  const spread = done.length > 1 ? ` ± ${Math.sqrt(squares / (done.length - 1)).toFixed(1)}` : '';
  return `${mean.toFixed(1)}${spread}${diverged > 0 ? ` (${diverged} diverged)` : ''}`;
}

/** Rows with a title each, of the cells that `isIn` picks for each column. */
function table<T>(
  sweep: string,
  rows: readonly (readonly [title: string, row: T])[],
  columns: readonly number[],
  isIn: (config: Trial['config'], row: T) => boolean,
): string {
  const trials = trialsOf(sweep);
  return rows
    .map(([title, row]) => {
      const cells = columns.map((batch) =>
        cell(trials.filter(({ config }) => config.batchSize === batch && isIn(config, row))),
      );
      return `| ${[title, ...cells].join(' | ')} |`;
    })
    .join('\n');
}

const shows = (sweep: string, rows: string) =>
  expect(read('apps/sweeps/RESULTS.md')).toContain(`<!-- ${sweep} -->\n${rows}\n<!-- /${sweep} -->`);

it('RESULTS.md shows the accuracies of the recorded sweep of figure 2', () => {
  const rows = [
    ['batch normalization', ['resnet_digits', 'off']],
    ['none, no clipping', ['nf_resnet_digits', 'off']],
    ...([0.16, 0.08, 0.04, 0.02, 0.01] as const).map(
      (clip) => [`none, λ = ${clip}`, ['nf_resnet_digits', clip]] as const,
    ),
  ] as const;
  const isIn = (config: Trial['config'], [model, clip]: readonly [string, 'off' | number]) =>
    config.model === model && config.clipFactor === clip;
  shows('fig2-fashion', table('fig2-fashion', rows, [128, 512, 2048], isIn));
});

it('RESULTS.md shows the accuracies by clip factor', () => {
  const rows = (['off', 0.16, 0.04, 0.01] as const).map((clip) => [String(clip), clip] as const);
  const isIn = (config: Trial['config'], clip: 'off' | number) => config.clipFactor === clip;
  shows('fig2b-fashion', table('fig2b-fashion', rows, [64, 256, 1024], isIn));
});

it('RESULTS.md shows which layers may go unclipped', () => {
  const rows = [
    ["the classifier's kernel (the default)", undefined],
    ['nothing', []],
    ['the classifier', ['linear']],
    ['and the last convolution', ['linear/kernel', 'final_conv']],
    ['and the stem', ['linear/kernel', 'stem_*']],
    ['and the first block', ['linear/kernel', 'nf_block_0/*']],
    ['and the second block', ['linear/kernel', 'nf_block_1/*']],
    ['and the third block', ['linear/kernel', 'nf_block_2/*']],
  ] as const;
  const isIn = (config: Trial['config'], layers: readonly string[] | undefined) =>
    JSON.stringify(config.clipExclude) === JSON.stringify(layers);
  shows('ablation-agc-layers', table('ablation-agc-layers', rows, [1024], isIn));
});

it('RESULTS.md shows the steps that ascend first', () => {
  const rows = [
    ['plain', undefined],
    ['SAM, ρ = 0.02', [0.02, 1]],
    ['SAM, ρ = 0.05', [0.05, 1]],
    ['SAM, ρ = 0.05, a fifth of the batch', [0.05, 0.2]],
    ['SAM, ρ = 0.1', [0.1, 1]],
  ] as const;
  const isIn = ({ step }: Trial['config'], sam: readonly [number, number] | undefined) =>
    sam === undefined ? step === undefined : step?.rho === sam[0] && step?.ascentShare === sam[1];
  shows('sam-vs-plain', table('sam-vs-plain', rows, [256], isIn));
});

it('RESULTS.md shows the steps in bfloat16', () => {
  const rows = (['float32', 'bfloat16'] as const).map((precision) => [precision, precision] as const);
  const isIn = (config: Trial['config'], precision: string) => (config.precision ?? 'float32') === precision;
  shows('precision-fashion', table('precision-fashion', rows, [256], isIn));
});

/** A clipping rule with what words say of it, and its threshold: `['agc soft', 0.16]`. */
function ruleOf({ clip, clipFactor }: Trial['config']): readonly [rule: string, threshold: number | undefined] {
  if (clip === undefined) return clipFactor === 'off' ? ['no clipping', undefined] : ['agc', clipFactor!];
  const words = Object.values(clip).filter((value) => typeof value === 'string');
  return [words.join(' '), Object.values(clip).find((value) => typeof value === 'number')];
}

const BATCHES = [128, 512, 2048];

describe('of the clipping rules RESULTS.md shows', () => {
  const trials = trialsOf('clip-rules-fashion');
  const rules = [...new Set(trials.map(({ config }) => ruleOf(config)[0]))];
  const thresholdsOf = (rule: string) =>
    [...new Set(trials.flatMap(({ config }) => (ruleOf(config)[0] === rule ? [ruleOf(config)[1]] : [])))].toSorted(
      (a, b) => a! - b!,
    );
  const at = (rule: string, threshold: number | undefined, batch: number) =>
    trials.filter(({ config }) => {
      const [ownRule, ownThreshold] = ruleOf(config);
      return ownRule === rule && ownThreshold === threshold && config.batchSize === batch;
    });

  it('the accuracy at every threshold and batch size', () => {
    const rows = rules.flatMap((rule) =>
      thresholdsOf(rule).map((threshold) => {
        const cells = BATCHES.map((batch) => cell(at(rule, threshold, batch)));
        return `| ${[threshold === undefined ? rule : `${rule} ${threshold}`, ...cells].join(' | ')} |`;
      }),
    );
    expect(rows).toHaveLength(47);
    shows('clip-rules-fashion', rows.join('\n'));
  });

  it('the best threshold at each batch size, and those within a point of it', () => {
    const rows = rules.map((rule) => {
      const cells = BATCHES.map((batch) => {
        const tried = thresholdsOf(rule).map((threshold) => {
          const seeds = at(rule, threshold, batch);
          const done = seeds.flatMap(({ status, metrics }) => (status === 'done' ? metrics.accuracy! : []));
          const mean = done.reduce((sum, accuracy) => sum + accuracy, 0) / done.length;
          return { threshold, mean: 100 * mean, diverged: seeds.length - done.length };
        });
        const [best] = tried.toSorted((a, b) => a.diverged - b.diverged || b.mean - a.mean);
        const { mean, diverged, threshold } = best!;
        if (diverged === 3) return 'diverged';
        const near = tried.filter((each) => each.diverged === diverged && each.mean >= mean - 1);
        const broken = diverged > 0 ? `, ${diverged} diverged` : '';
        return threshold === undefined
          ? `${mean.toFixed(1)}${broken}`
          : `${mean.toFixed(1)}${broken} (${near.map(({ threshold }) => threshold).join(', ')}: ${near.length} of ${tried.length})`;
      });
      return `| ${[rule, ...cells].join(' | ')} |`;
    });
    shows('clip-rules-fashion best', rows.join('\n'));
  });
});

it('RESULTS.md shows adaptive clipping before Muon and AdamW', () => {
  const rows = (['muon', 'adamw'] as const).flatMap((optimizer) =>
    (['off', 0.16, 0.04, 0.01] as const).map((clip) => [`${optimizer}, ${clip}`, { optimizer, clip }] as const),
  );
  const isIn = (config: Trial['config'], { optimizer, clip }: { optimizer: string; clip: 'off' | number }) =>
    config.optimizer === optimizer && config.clipFactor === clip;
  shows('clip-muon-fashion', table('clip-muon-fashion', rows, BATCHES, isIn));
});

it('RESULTS.md shows where training becomes unstable', () => {
  const trials = trialsOf('boundary-fashion');
  const rows = [256, 1024, 4096].map((batch) => {
    const mine = trials.filter(({ config }) => config.batchSize === batch);
    const clips = [...new Set(mine.map(({ config }) => Number(config.clipFactor)))].toSorted((a, b) => a - b);
    const broken = clips.map((clip) => {
      const seeds = mine.filter(({ config }) => config.clipFactor === clip);
      expect(seeds).toHaveLength(3);
      return { clip, diverged: seeds.filter(({ status }) => status === 'diverged').length };
    });
    const stable = broken.findLast(({ diverged }) => diverged < 2)?.clip ?? '-';
    const unstable = broken.find(({ diverged }) => diverged >= 2)?.clip ?? '-';
    const tried = broken.map(({ clip, diverged }) => `${diverged} of 3 at ${clip}`).join(', ');
    return `| ${[batch, stable, unstable, tried].join(' | ')} |`;
  });
  shows('boundary-fashion', rows.join('\n'));
});
