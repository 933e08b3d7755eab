import { channelKernelSize } from '@nfnets/nf-blocks';
import type { EfficientNetSpec } from '../presets/efficientnet-specs.js';
import type { NFNetSpec } from '../presets/nfnet-spec.js';
import type { ModelSpec } from '../presets/presets.js';
import type { ResNetSpec } from '../presets/resnet-specs.js';
import { activatedChannels } from './activated-channels.js';
import { planEfficientNetBlocks, planResNetBlocks, scaledChannels } from './plan-baseline.js';
import { planBlocks } from './plan-blocks.js';

/** A convolution, or a linear map of pooled channels. */
export interface ConvPlan {
  readonly kernelSize: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly groups: number;
  /** How often the image has been halved at its output; `'pooled'` for one pixel. */
  readonly halvings: number | 'pooled';
  /** Per output channel: 1 for a bias, 2 for a batch normalization. */
  readonly perChannel: number;
}

/** Lists every convolution and linear map of a model. Pure: makes no tensors. */
export function planConvs(spec: ModelSpec, numClasses: number): ConvPlan[] {
  if (spec.family === 'resnet') return resNetConvs(spec, numClasses);
  if (spec.family === 'efficientnet') return efficientNetConvs(spec, numClasses);
  return nfNetConvs(spec, numClasses);
}

/** Weights of its kernel. */
export function kernelSizeOf({ kernelSize, inChannels, outChannels, groups }: ConvPlan): number {
  return (kernelSize * kernelSize * inChannels * outChannels) / groups;
}

type Halvings = ConvPlan['halvings'];

/** Of dense convolutions; `perChannel` is of no interest where the weights themselves are planned. */
const dense = (kernelSize: number, inChannels: number, outChannels: number, halvings: Halvings, perChannel = 2) => ({
  kernelSize,
  inChannels,
  outChannels,
  groups: 1,
  halvings,
  perChannel,
});

function nfNetConvs(spec: NFNetSpec, numClasses: number): ConvPlan[] {
  const convs: ConvPlan[] = [];
  let channels = spec.inputShape[2];
  let halvings = 0;
  const read = (count: number) => activatedChannels(spec, count);
  for (const [i, conv] of spec.stem.entries()) {
    halvings += conv.stride - 1;
    convs.push(dense(conv.kernelSize ?? 3, i === 0 ? channels : read(channels), conv.channels, halvings));
    channels = conv.channels;
  }
  if (spec.stemPool) halvings++;
  for (const block of planBlocks(spec)) {
    const { inChannels, outChannels, midChannels, groups, stride, projects, attentionChannels } = block;
    convs.push(dense(1, read(inChannels), midChannels, halvings));
    halvings += stride - 1;
    for (let i = 0; i < spec.spatialConvs; i++) {
      convs.push({ ...dense(3, read(midChannels), midChannels, halvings), groups });
    }
    convs.push(dense(1, read(midChannels), outChannels, halvings));
    if (projects) convs.push(dense(1, read(inChannels), outChannels, halvings));
    if (spec.attention === 'squeezeExcite') {
      convs.push(dense(1, attentionChannels, block.squeezeExciteChannels, 'pooled'));
      convs.push(dense(1, block.squeezeExciteChannels, attentionChannels, 'pooled'));
    } else if (spec.attention === 'efficientChannel') {
      convs.push(dense(1, channelKernelSize(attentionChannels), attentionChannels, 'pooled'));
    }
    channels = outChannels;
  }
  if (spec.finalChannels !== null) convs.push(dense(1, channels, spec.finalChannels, halvings));
  convs.push(dense(1, read(spec.finalChannels ?? channels), numClasses, 'pooled'));
  return convs;
}

function resNetConvs(spec: ResNetSpec, numClasses: number): ConvPlan[] {
  const convs: ConvPlan[] = [dense(spec.stem.kernelSize, spec.inputShape[2], spec.stem.channels, 1)];
  let halvings = spec.stem.pool ? 2 : 1;
  let channels = spec.stem.channels;
  for (const { inChannels, midChannels, outChannels, stride, projects } of planResNetBlocks(spec)) {
    convs.push(dense(1, inChannels, midChannels, halvings));
    halvings += stride - 1;
    convs.push(dense(3, midChannels, midChannels, halvings), dense(1, midChannels, outChannels, halvings));
    if (projects) convs.push(dense(1, inChannels, outChannels, halvings));
    channels = outChannels;
  }
  return [...convs, dense(1, channels, numClasses, 'pooled', 1)];
}

function efficientNetConvs(spec: EfficientNetSpec, numClasses: number): ConvPlan[] {
  const convs: ConvPlan[] = [dense(3, spec.inputShape[2], scaledChannels(32, spec), 1)];
  let halvings = 1;
  let channels = 0;
  for (const block of planEfficientNetBlocks(spec)) {
    const { inChannels, expandedChannels, squeezeExciteChannels, outChannels, kernelSize, stride } = block;
    if (expandedChannels !== inChannels) convs.push(dense(1, inChannels, expandedChannels, halvings));
    halvings += stride - 1;
    convs.push({ ...dense(kernelSize, expandedChannels, expandedChannels, halvings), groups: expandedChannels });
    convs.push(dense(1, expandedChannels, squeezeExciteChannels, 'pooled', 1));
    convs.push(dense(1, squeezeExciteChannels, expandedChannels, 'pooled', 1));
    convs.push(dense(1, expandedChannels, outChannels, halvings));
    channels = outChannels;
  }
  const last = scaledChannels(1280, spec);
  return [...convs, dense(1, channels, last, halvings), dense(1, last, numClasses, 'pooled', 1)];
}
