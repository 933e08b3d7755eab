import { seededDropout, stochasticDepth } from '@nfnets/nf-blocks';
import * as tfl from '@tensorflow/tfjs-layers';
import { planResNetBlocks, type ResNetBlockPlan } from '../plan/plan-baseline.js';
import type { ResNetSpec } from '../presets/resnet-specs.js';
import { batchNormLayers } from './batch-norm-layers.js';

type Layers = ReturnType<typeof batchNormLayers>;

/** Makes a ResNet with batch normalization: the function of torchvision's, padding included, under its layers' names. */
export function createResNet(spec: ResNetSpec, numClasses: number, seed: number | undefined): tfl.LayersModel {
  const layers = batchNormLayers(seed, 1e-5, 0.9);
  const { then, norm, act } = layers;
  const { stem } = spec;
  const input = tfl.input({ shape: [...spec.inputShape] });
  let x = act('relu', 'relu', norm('bn1', stridedConv(layers, 'conv1', input, stem.channels, stem.kernelSize)));
  if (stem.pool) {
    // Zeros do behind a relu: they are never the only maximum.
    x = then(tfl.layers.zeroPadding2d({ name: 'maxpool.pad', padding: 1 }), x);
    x = then(tfl.layers.maxPooling2d({ name: 'maxpool', poolSize: 3, strides: 2 }), x);
  }
  for (const block of planResNetBlocks(spec)) x = addBlock(layers, x, block);
  x = then(tfl.layers.globalAveragePooling2d({ name: 'pool' }), x);
  if (spec.dropRate > 0) x = then(seededDropout({ name: 'dropout', rate: spec.dropRate }), x);
  return tfl.model({ inputs: input, outputs: layers.classifier('linear', x, numClasses) });
}

function addBlock(layers: Layers, x: tfl.SymbolicTensor, block: ResNetBlockPlan): tfl.SymbolicTensor {
  const { then, conv, norm, act } = layers;
  const { name, midChannels, outChannels, stride, projects, dropRate } = block;
  let shortcut = x;
  if (projects) {
    const projected = conv(`${name}.downsample.0`, x, { filters: outChannels, kernelSize: 1, strides: stride });
    shortcut = norm(`${name}.downsample.1`, projected);
  }
  let branch = norm(`${name}.bn1`, conv(`${name}.conv1`, x, { filters: midChannels, kernelSize: 1 }));
  branch = act(`${name}.relu1`, 'relu', branch);
  branch =
    stride === 1
      ? conv(`${name}.conv2`, branch, { filters: midChannels, kernelSize: 3 })
      : stridedConv(layers, `${name}.conv2`, branch, midChannels, 3);
  branch = act(`${name}.relu2`, 'relu', norm(`${name}.bn2`, branch));
  branch = norm(`${name}.bn3`, conv(`${name}.conv3`, branch, { filters: outChannels, kernelSize: 1 }));
  if (dropRate > 0) {
    branch = then(stochasticDepth({ name: `${name}.stochastic_depth`, rate: dropRate, scaleByKeep: true }), branch);
  }
  return act(`${name}.relu3`, 'relu', then(tfl.layers.add({ name: `${name}.add` }), [branch, shortcut]));
}

/** At stride 2, padded alike on all sides: another grid than `'same'`. */
function stridedConv(
  { then, conv }: Layers,
  name: string,
  x: tfl.SymbolicTensor,
  filters: number,
  kernelSize: number,
): tfl.SymbolicTensor {
  const padded = then(tfl.layers.zeroPadding2d({ name: `${name}.pad`, padding: (kernelSize - 1) / 2 }), x);
  return conv(name, padded, { filters, kernelSize, strides: 2, padding: 'valid' });
}
