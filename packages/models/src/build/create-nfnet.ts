import { conventionsOf, deriveSeed, gammaActivation, halvingMaxPool, nfBlock, seededDropout } from '@nfnets/nf-blocks';
import { scaledWSConv2d } from '@nfnets/ws-conv';
import * as tfl from '@tensorflow/tfjs-layers';
import { planBlocks } from '../plan/plan-blocks.js';
import { blockName } from '../plan/plan-weights.js';
import type { NFNetSpec } from '../presets/nfnet-spec.js';

/** Makes the normalizer-free network of a spec, with fresh weights. */
export function createNFNet(spec: NFNetSpec, numClasses: number, seed: number | undefined): tfl.LayersModel {
  const blocks = planBlocks(spec);
  const { gammaIn, padding, eps, epsRule } = spec;
  const conventions = conventionsOf(spec.activation, { gammaIn, padding, eps, epsRule });
  const seedOf = (layer: string) => (seed === undefined ? {} : { seed: deriveSeed(seed, layer) });
  const then = (layer: tfl.layers.Layer, input: tfl.SymbolicTensor) => layer.apply(input) as tfl.SymbolicTensor;
  const act = (name: string, input: tfl.SymbolicTensor) =>
    then(gammaActivation({ name, ...conventions.activation }), input);
  const conv = (name: string, input: tfl.SymbolicTensor, filters: number, kernelSize: number, strides: number) =>
    then(scaledWSConv2d({ name, filters, kernelSize, strides, ...conventions.conv, ...seedOf(name) }), input);

  const input = tfl.input({ shape: [...spec.inputShape] });
  let x = input;
  for (const [i, { channels, stride, kernelSize = 3 }] of spec.stem.entries()) {
    if (i > 0) x = act(`stem_act${i - 1}`, x);
    x = conv(`stem_conv${i}`, x, channels, kernelSize, stride);
  }
  if (spec.stemPool) x = then(halvingMaxPool({ name: 'stem_pool', padding: spec.padding }), x);
  for (const { index, outChannels, midChannels, groups, stride, beta, dropRate, squeezeExciteChannels } of blocks) {
    const name = blockName(index);
    const block = { name, outChannels, midChannels, groups, stride, beta, dropRate, squeezeExciteChannels };
    const scaleByKeep = spec.stochasticDepthForm === 'timm';
    x = nfBlock(x, { ...blockOptions(spec), ...block, scaleByKeep, ...seedOf(name) });
  }
  if (spec.finalChannels !== null) x = conv('final_conv', x, spec.finalChannels, 1, 1);
  x = act('final_act', x);
  x = then(tfl.layers.globalAveragePooling2d({ name: 'pool' }), x);
  if (spec.dropRate > 0) x = then(seededDropout({ name: 'dropout', rate: spec.dropRate }), x);
  const { randomNormal, zeros } = tfl.initializers;
  const stddev = spec.classifierDeviation;
  const kernelInitializer = stddev === 0 ? zeros() : randomNormal({ mean: 0, stddev, ...seedOf('linear') });
  x = then(tfl.layers.dense({ name: 'linear', units: numClasses, kernelInitializer }), x);
  return tfl.model({ inputs: input, outputs: x });
}

/** What all blocks of a network have in common. */
function blockOptions(spec: NFNetSpec) {
  const { alpha, activation, spatialConvs, attention, attentionAt, shortcutPooling, skipGain } = spec;
  const { gammaIn, padding, eps, epsRule } = spec;
  const conventions = { gammaIn, padding, eps, epsRule };
  return { alpha, activation, spatialConvs, attention, attentionAt, shortcutPooling, skipGain, ...conventions };
}
