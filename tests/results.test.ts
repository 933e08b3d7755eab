import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

interface Summary {
  readonly trials: readonly {
    readonly status: string;
    readonly config: { readonly model: string; readonly clipFactor: 'off' | number; readonly batchSize: number };
    readonly metrics: { readonly accuracy?: number };
  }[];
}

/** Mean and deviation of the seeds that ended, in percent, and how many of them diverged. */
function cell(trials: Summary['trials']): string {
  const done = trials.filter(({ status }) => status === 'done').map(({ metrics }) => 100 * metrics.accuracy!);
  const diverged = trials.filter(({ status }) => status === 'diverged').length;
  expect(done.length + diverged).toBe(trials.length);
  if (done.length === 0) return 'diverged';
  const mean = done.reduce((sum, accuracy) => sum + accuracy, 0) / done.length;
  const squares = done.reduce((sum, accuracy) => sum + (accuracy - mean) ** 2, 0);
  const spread = done.length > 1 ? ` ± ${Math.sqrt(squares / (done.length - 1)).toFixed(1)}` : '';
  return `${mean.toFixed(1)}${spread}${diverged > 0 ? ` (${diverged} diverged)` : ''}`;
}

it('RESULTS.md shows the accuracies of the recorded sweep of figure 2', () => {
  const { trials } = JSON.parse(read('docs/sweeps/fig2-fashion/summary.json')) as Summary;
  const rows = (
    [
      ['batch normalization', 'resnet_digits', 'off'],
      ['none, no clipping', 'nf_resnet_digits', 'off'],
      ...([0.16, 0.08, 0.04, 0.02, 0.01] as const).map(
        (clip) => [`none, λ = ${clip}`, 'nf_resnet_digits', clip] as const,
      ),
    ] as const
  ).map(([title, model, clipFactor]) => {
    const cells = [128, 512, 2048].map((batchSize) => {
      const seeds = trials.filter(
        ({ config }) => config.model === model && config.clipFactor === clipFactor && config.batchSize === batchSize,
      );
      expect(seeds).toHaveLength(3);
      return cell(seeds);
    });
    return `| ${title} | ${cells.join(' | ')} |`;
  });
  expect(read('apps/sweeps/RESULTS.md')).toContain(`<!-- fig2-fashion -->\n${rows.join('\n')}\n<!-- /fig2-fashion -->`);
});
