import { CLIP_RULES, FIXED } from '../settings/index.js';
import type { MapPlan } from './map-plan.js';

/** Why a map cannot be run on the command line; undefined where it can. Pure. */
export function whyNoSweep({ settings: { net, data } }: MapPlan): string | undefined {
  if (net === 'convnet') return 'nf-sweeps trains the nets of @nfnets/models, and plain convolutions are none of them';
  if (data === 'shapes') return 'nf-sweeps reads its images, and the shapes are drawn in this page';
  return undefined;
}

/** The sweep that runs the cells of a map on the command line: `nf-sweeps run map.yaml`. Pure. */
export function sweepYaml({ thresholds, batchSizes, settings }: MapPlan): string {
  const { net, rule, seed, baseRate, images, epochs } = settings;
  const { setting } = CLIP_RULES[rule];
  const clips = thresholds.map((value) =>
    value === 'off' ? '    - off' : `    - { rule: ${rule}, ${setting}: ${value} }`,
  );
  return `# The map of the nfnets playground: nf-sweeps plan map.yaml, then nf-sweeps run map.yaml
name: playground-map
description: Clipping against batch size, as in the page

engine: wasm
parallel: 2

trial:
  model: ${net}
  dataset: { name: mnist, train: ${images}, test: ${FIXED.test}, splitSeed: ${FIXED.splitSeed} }
  epochs: ${epochs}
  seed: ${seed}
  learningRate: { base: ${baseRate}, per: ${FIXED.per}, rule: linear }
  warmupEpochs: ${Number((FIXED.warmup * epochs).toPrecision(6))}
  momentum: ${FIXED.momentum}
  weightDecay: ${FIXED.weightDecay}
  labelSmoothing: ${FIXED.labelSmoothing}

axes:
  clip:
${clips.join('\n')}
  batchSize: [${batchSizes.join(', ')}]
`;
}
