import { expect, it } from 'vitest';
import * as agcPackage from './index.js';

it('exports these names', () => {
  expect(Object.keys(agcPackage).sort()).toMatchInlineSnapshot(`
    [
      "AdaGC",
      "AdaptiveGradClip",
      "AddDecayedWeights",
      "AutoClip",
      "ClipByBlockRms",
      "ClipByGlobalNorm",
      "ClipByValue",
      "GradientTransform",
      "TransformState",
      "TransformedOptimizer",
      "ZClip",
      "adaGC",
      "adaptiveGradClip",
      "addDecayedWeights",
      "agc",
      "autoClip",
      "clipByBlockRms",
      "clipByGlobalNorm",
      "clipByValue",
      "clipMeter",
      "clipStats",
      "unitwiseNorm",
      "withTransforms",
      "zClip",
    ]
  `);
});
