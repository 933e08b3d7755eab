import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

interface Summary {
  readonly trials: readonly {
    readonly status: string;
    /** The step at which a diverged trial was lost. */
    readonly lostAt?: number;
    readonly config: { readonly clipFactor: 'off' | number; readonly batchSize: number };
    readonly metrics: { readonly accuracy?: number };
  }[];
}

describe('the README', () => {
  it('shows the accuracies of the recorded quickstart', () => {
    const { trials } = JSON.parse(read('docs/quickstart/summary.json')) as Summary;
    const batchSizes = [64, 256, 1024];
    const cell = (clipFactor: 'off' | number, batchSize: number) => {
      const trial = trials.find(({ config }) => config.clipFactor === clipFactor && config.batchSize === batchSize)!;
      return trial.status === 'diverged' ? 'diverged' : `${(trial.metrics.accuracy! * 100).toFixed(1)} %`;
    };
    const rows = (['off', 0.16, 0.04, 0.01] as const).map(
      (clipFactor) => `| ${clipFactor} | ${batchSizes.map((size) => cell(clipFactor, size)).join(' | ')} |`,
    );
    expect(read('README.md')).toContain(`<!-- quickstart -->\n${rows.join('\n')}\n<!-- /quickstart -->`);
  });

  it('tells the steps at which the recorded quickstart was lost', () => {
    const { trials } = JSON.parse(read('docs/quickstart/summary.json')) as Summary;
    const lost = (batchSize: number) =>
      trials.find(({ config }) => config.clipFactor === 'off' && config.batchSize === batchSize)!.lostAt;
    const text = read('README.md').replaceAll('\n', ' ');
    expect(text).toContain(`At batch 1024 the run without clipping is lost after ${lost(1024)} steps`);
    expect(text).toContain(`At 256 the run without clipping is lost after ${lost(256)} steps`);
  });

  it('tells of its picture of the playground what the runs in it came to', () => {
    const { lostAt, steps, accuracy } = JSON.parse(read('docs/playground/two-runs.json')) as Record<string, string>;
    const text = read('README.md').replaceAll('\n', ' ');
    expect(text).toContain(
      `the loss is lost at step ${lostAt}; with AGC (dashed) it falls, and after ${steps} steps ${accuracy} %`,
    );
  });

  it('lists every published package with its description', () => {
    const folders = ['packages', 'apps'].flatMap((parent) =>
      readdirSync(new URL(`../${parent}`, import.meta.url)).map((name) => `${parent}/${name}`),
    );
    for (const folder of folders) {
      const manifest = JSON.parse(read(`${folder}/package.json`)) as {
        name: string;
        description: string;
        private?: boolean;
      };
      // What is private cannot be installed.
      if (manifest.private) continue;
      expect(read('README.md')).toContain(`| [\`${manifest.name}\`](${folder}) | ${manifest.description} |`);
    }
  });

  it('names scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    for (const script of ['quickstart', 'test', 'build', 'lint', 'typecheck', 'fix', 'examples', 'bench']) {
      expect(Object.keys(scripts)).toContain(script);
    }
    for (const [, script] of read('README.md').matchAll(/npm run ([a-z-]+)/g)) {
      expect(Object.keys(scripts)).toContain(script);
    }
  });
});
