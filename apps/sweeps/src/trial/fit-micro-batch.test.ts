import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { bytesPerImage, fitMicroBatch, trialMemory } from './fit-micro-batch.js';

describe('micro-batches', () => {
  it('are the largest part of a batch that divides it and fits', () => {
    expect(fitMicroBatch(256, 1000, 1e6)).toBe(256);
    // 100 images fit; the largest divisor of 256 up to that is 64.
    expect(fitMicroBatch(256, 1000, 100_000)).toBe(64);
    expect(fitMicroBatch(96, 1000, 50_000)).toBe(48);
    expect(fitMicroBatch(97, 1000, 50_000)).toBe(1);
    expect(fitMicroBatch(256, 1000, 10)).toBe(1);
  });

  it('count three numbers for each that a layer puts out', () => {
    const input = tfl.input({ shape: [4, 4, 1] });
    const output = tfl.layers
      .flatten()
      .apply(tfl.layers.zeroPadding2d({ padding: 1 }).apply(input)) as tfl.SymbolicTensor;
    // 16 + 36 + 36 numbers of 4 bytes
    expect(bytesPerImage(tfl.model({ inputs: input, outputs: output }))).toBe(3 * 4 * 88);
  });

  it('share half of the memory by threads', () => {
    expect(trialMemory(1e6)).toBeGreaterThan(1e8);
    expect(trialMemory(1)).toBeLessThanOrEqual(trialMemory(2));
  });
});
