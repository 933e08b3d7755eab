import { describe, expect, it } from 'vitest';
import { unclippedWeights } from './trial-optimizer.js';

const WEIGHTS = [
  'stem_conv0/kernel',
  'stem_conv0/gain',
  'nf_block_0/conv0/kernel',
  'nf_block_1/conv0/kernel',
  'linear/kernel',
  'linear/bias',
];

describe('unclippedWeights', () => {
  it('takes weights, whole layers, and any letters for a star', () => {
    expect(unclippedWeights(['linear/kernel'], WEIGHTS)).toEqual(['linear/kernel']);
    expect(unclippedWeights(['linear'], WEIGHTS)).toEqual(['linear/kernel', 'linear/bias']);
    expect(unclippedWeights(['stem_*', 'nf_block_1/*'], WEIGHTS)).toEqual([
      'stem_conv0/kernel',
      'stem_conv0/gain',
      'nf_block_1/conv0/kernel',
    ]);
    expect(unclippedWeights([], WEIGHTS)).toEqual([]);
  });

  it('refuses a name that fits nothing', () => {
    expect(() => unclippedWeights(['liner'], WEIGHTS)).toThrow(
      'trial.clipExclude: "liner" fits no weight of the model; did you mean linear? Its layers: stem_conv0, nf_block_0/conv0, nf_block_1/conv0, linear.',
    );
    expect(() => unclippedWeights(['linear/kernal'], WEIGHTS)).toThrow(
      '"linear/kernal" fits no weight of the model; did you mean linear/kernel? The weights of linear: linear/kernel, linear/bias.',
    );
  });
});
