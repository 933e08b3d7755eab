import { seededDropout, stochasticDepth } from '@nfnets/nf-blocks';
import * as tfl from '@tensorflow/tfjs-layers';
import { type EfficientNetBlockPlan, planEfficientNetBlocks, scaledChannels } from '../plan/plan-baseline.js';
import type { EfficientNetSpec } from '../presets/efficientnet-specs.js';
import { batchNormLayers } from './batch-norm-layers.js';

type Layers = ReturnType<typeof batchNormLayers>;

/** Makes an EfficientNet: the function of the authors', with padding `'same'`. */
export function createEfficientNet(
  spec: EfficientNetSpec,
  numClasses: number,
  seed: number | undefined,
): tfl.LayersModel {
  const layers = batchNormLayers(seed, 1e-3, 0.99);
  const { then, conv, norm, act } = layers;
  const input = tfl.input({ shape: [...spec.inputShape] });
  const stem = conv('stem', input, { filters: scaledChannels(32, spec), kernelSize: 3, strides: 2 });
  let x = act('stem.act', 'swish', norm('stem.bn', stem));
  for (const block of planEfficientNetBlocks(spec)) x = addBlock(layers, x, block);
  x = norm('head.bn', conv('head', x, { filters: scaledChannels(1280, spec), kernelSize: 1 }));
  x = then(tfl.layers.globalAveragePooling2d({ name: 'pool' }), act('head.act', 'swish', x));
  if (spec.dropRate > 0) x = then(seededDropout({ name: 'dropout', rate: spec.dropRate }), x);
  return tfl.model({ inputs: input, outputs: layers.classifier('linear', x, numClasses) });
}

function addBlock(layers: Layers, x: tfl.SymbolicTensor, block: EfficientNetBlockPlan): tfl.SymbolicTensor {
  const { then, conv, depthwise, norm, act } = layers;
  const { name, inChannels, expandedChannels, squeezeExciteChannels, outChannels, kernelSize, stride } = block;
  let branch = x;
  if (expandedChannels !== inChannels) {
    branch = conv(`${name}.expand`, branch, { filters: expandedChannels, kernelSize: 1 });
    branch = act(`${name}.expand.act`, 'swish', norm(`${name}.expand.bn`, branch));
  }
  branch = depthwise(`${name}.depthwise`, branch, kernelSize, stride);
  branch = act(`${name}.depthwise.act`, 'swish', norm(`${name}.depthwise.bn`, branch));

  let excitation = then(tfl.layers.globalAveragePooling2d({ name: `${name}.se.pool` }), branch);
  excitation = then(
    tfl.layers.reshape({ name: `${name}.se.reshape`, targetShape: [1, 1, expandedChannels] }),
    excitation,
  );
  const linear = { kernelSize: 1, useBias: true } as const;
  excitation = conv(`${name}.se.reduce`, excitation, {
    ...linear,
    filters: squeezeExciteChannels,
    activation: 'swish',
  });
  excitation = conv(`${name}.se.expand`, excitation, { ...linear, filters: expandedChannels, activation: 'sigmoid' });
  branch = then(tfl.layers.multiply({ name: `${name}.se` }), [branch, excitation]);

  branch = norm(`${name}.project.bn`, conv(`${name}.project`, branch, { filters: outChannels, kernelSize: 1 }));
  if (stride !== 1 || inChannels !== outChannels) return branch;
  if (block.dropRate > 0) {
    const drop = stochasticDepth({ name: `${name}.stochastic_depth`, rate: block.dropRate, scaleByKeep: true });
    branch = then(drop, branch);
  }
  return then(tfl.layers.add({ name: `${name}.add` }), [branch, x]);
}
