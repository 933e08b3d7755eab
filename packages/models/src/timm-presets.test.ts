import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { describeModel, planWeights, publishedWeights, TIMM_NFNET } from './index.js';

interface TimmPreset {
  readonly parameters: number;
  readonly tensors: number;
  readonly macs: { readonly train: number; readonly test: number };
  readonly trainSize: number;
  readonly testSize: number;
  /** Of the sorted names and shapes of the state dict. */
  readonly weights: string;
}

// By tools/reference/timm_presets.py, from timm itself.
const { presets } = JSON.parse(readFileSync(new URL('__fixtures__/timm-presets.json', import.meta.url), 'utf8')) as {
  readonly presets: Record<keyof typeof TIMM_NFNET, TimmPreset>;
};
const names = Object.keys(TIMM_NFNET) as (keyof typeof TIMM_NFNET)[];

it('has every normalizer-free preset of timm', () => {
  expect([...names].sort()).toEqual(Object.keys(presets).sort());
});

describe.each(names)('%s', (name) => {
  const { parameters, tensors, macs, trainSize, testSize, weights } = presets[name];

  it('has timm’s sizes', () => {
    expect(describeModel(name)).toMatchObject({ parameters, macs, trainSize, testSize });
    expect(planWeights(TIMM_NFNET[name], 1000)).toHaveLength(tensors);
  });

  it('publishes its weights under timm’s names and shapes', () => {
    const rows = [...publishedWeights(TIMM_NFNET[name], 'timm', 1000).values()].map(
      (published) => `${published.name} [${published.shape}]`,
    );
    expect(createHash('sha256').update(rows.sort().join('\n')).digest('hex')).toBe(weights);
  });
});
