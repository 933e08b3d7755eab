import { expect, it } from 'vitest';
import * as agcPackage from './index.js';

it('exports these names', () => {
  expect(Object.keys(agcPackage).sort()).toMatchInlineSnapshot(`
    [
      "AdaClip",
      "AdaGC",
      "AdaGN",
      "AdaptiveGradClip",
      "AddDecayedWeights",
      "AutoClip",
      "ClipByBlockRms",
      "ClipByGlobalNorm",
      "ClipByValue",
      "GradientTransform",
      "SpectralClip",
      "SpikeClip",
      "TransformState",
      "TransformedOptimizer",
      "ZClip",
      "adaClip",
      "adaGC",
      "adaGN",
      "adaptiveGradClip",
      "addDecayedWeights",
      "agc",
      "autoClip",
      "clipByBlockRms",
      "clipByGlobalNorm",
      "clipByValue",
      "clipMeter",
      "clipStats",
      "diagnoseClipping",
      "spectralClip",
      "spikeClip",
      "unitwiseNorm",
      "withTransforms",
      "zClip",
    ]
  `);
});
