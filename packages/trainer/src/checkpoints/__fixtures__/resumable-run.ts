import {
  adaClip,
  adaGC,
  adaGN,
  adaptiveGradClip,
  addDecayedWeights,
  autoClip,
  type GradientTransform,
  spikeClip,
  withTransforms,
  zClip,
} from '@nfnets/agc';
import { arrayDataset } from '@nfnets/data';
import { createModel, NFNET, type NFNetSpec } from '@nfnets/models';
import { sgd } from '@nfnets/optimizers';
import { goldenValues } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {
  type CheckpointStore,
  type EpochEnd,
  ema,
  type RunDiverged,
  type RunResumed,
  type RunStart,
  type StepEnd,
  type TrainTask,
  train,
  warmupCosine,
} from '../../index.js';
import { CallSeededDropout, points } from '../../__fixtures__/small-classifier.js';

/** Steps of a run, and of each of its epochs. */
export const [STEPS, EPOCH_STEPS] = [30, 10];

const momentum = () => sgd({ learningRate: 0.1 });
const clipped = () =>
  withTransforms(
    momentum(),
    adaptiveGradClip({ clipFactor: 0.1, exclude: ['linear'] }),
    addDecayedWeights({ weightDecay: 1e-3 }),
  );

/** Every clipping that remembers, so that it has something to do in these runs; warm-ups end within the first epoch. */
export const REMEMBERING: Readonly<Record<string, () => GradientTransform>> = {
  adaGC: () => adaGC({ maxNorm: 0.5, warmupSteps: 8 }),
  zClip: () => zClip({ zThreshold: 0.2, alpha: 0.5, warmupSteps: 3 }),
  autoClip: () => autoClip({ percentile: 40, window: 12 }),
  spikeClip: () => spikeClip({ threshold: 2, warmupSteps: 3 }),
  adaClip: () => adaClip({ gamma3: 0.9 }),
  adaGN: () => adaGN(),
  'adaptiveGradClip by a schedule': () => adaptiveGradClip({ clipFactor: { from: 0.1, to: 0.01, steps: 20 } }),
};

export const clippedBy = (name: string) => () => withTransforms(momentum(), REMEMBERING[name]!());

/** Behind all of them, one after the other. */
export const clippedByHistory = () =>
  withTransforms(momentum(), ...Object.values(REMEMBERING).map((make) => make()));

export interface ResumableRun {
  /** `dense`: with masks and with statistics that are not trained. `nfnet`: with clipping and masks. */
  readonly net: 'dense' | 'nfnet';
  /** Times the channels of the `nfnet`, and of its groups. Default 1; at 16 its convolutions are large enough for bfloat16. */
  readonly width?: number;
  readonly checkpoint?: CheckpointStore;
  readonly compile?: boolean;
  readonly makeOptimizer?: () => tf.Optimizer;
  /** Leaves the run at the end of this step. */
  readonly stopAfter?: number;
  /** Spoils the initial weights: a run that is resumed must not depend on them. */
  readonly spoil?: boolean;
  readonly onStep?: (event: StepEnd, task: TrainTask) => void | Promise<void>;
  readonly change?: Partial<TrainTask>;
}

export interface RunRecord {
  /** By the number of the step. */
  readonly losses: Record<number, number>;
  /** Without the times. */
  readonly epochs: Omit<EpochEnd, 'type'>[];
  readonly resumed: RunResumed | undefined;
  readonly start: RunStart | undefined;
  readonly diverged: RunDiverged | undefined;
  readonly weights: number[];
  readonly averages: number[];
  readonly iterations: number;
}

/** A run with all that has a state: momenta, a schedule, masks, averages, statistics, a divergence detector. */
export async function resumableRun(run: ResumableRun): Promise<RunRecord> {
  const { net, width = 1, checkpoint, compile, stopAfter, spoil = false, onStep, change } = run;
  const model = net === 'dense' ? denseNet() : smallNFNet(width);
  if (spoil) tf.tidy(() => model.setWeights(model.getWeights().map((weight) => tf.fill(weight.shape, 0.123))));
  const optimizer = (run.makeOptimizer ?? (net === 'dense' ? momentum : clipped))();
  const average = ema(model, { decay: 0.9 });
  const data = net === 'dense' ? points(85) : images();
  const task: TrainTask = {
    model,
    optimizer,
    data,
    epochs: STEPS / EPOCH_STEPS,
    batchSize: 8,
    seed: 4,
    labelSmoothing: 0.1,
    ema: average,
    evaluate: { data },
    divergence: { patience: 4 },
    ...('setLearningRate' in optimizer && {
      schedule: warmupCosine({ maxLearningRate: 0.1, warmupSteps: 5, totalSteps: STEPS }),
    }),
    ...(checkpoint && { checkpoint }),
    ...(compile !== undefined && { compile }),
    ...change,
  };
  const losses: Record<number, number> = {};
  const epochs: RunRecord['epochs'] = [];
  let [resumed, start]: [RunResumed | undefined, RunStart | undefined] = [undefined, undefined];
  let diverged: RunDiverged | undefined;
  try {
    for await (const event of train(task)) {
      if (event.type === 'run-resumed') resumed = event;
      if (event.type === 'run-start') start = event;
      if (event.type === 'run-diverged') diverged = event;
      if (event.type === 'epoch-end') {
        const { type, ...rest } = event;
        epochs.push(rest);
      }
      if (event.type !== 'step-end') continue;
      losses[event.step] = event.loss;
      await onStep?.(event, task);
      if (event.step === stopAfter) break;
    }
    const weights = model.weights.flatMap((weight) => [...weight.read().dataSync()]);
    const averages = average.averages.flatMap((each) => [...each.dataSync()]);
    return { losses, epochs, resumed, start, diverged, weights, averages, iterations: optimizer.iterations };
  } finally {
    for (const thing of [average, optimizer, model]) thing.dispose();
    // tf's momentum keeps a scalar that its dispose() forgets.
    tf.dispose((optimizer as { c?: tf.Tensor }).c ?? []);
  }
}

function denseNet(): tfl.LayersModel {
  const kernelInitializer = (seed: number) => tfl.initializers.varianceScaling({ seed });
  return tfl.sequential({
    layers: [
      tfl.layers.dense({ units: 8, activation: 'relu', inputShape: [2], kernelInitializer: kernelInitializer(1) }),
      tfl.layers.batchNormalization(),
      new CallSeededDropout({}),
      tfl.layers.dense({ units: 3, kernelInitializer: kernelInitializer(2) }),
    ],
  });
}

function smallNFNet(width: number): tfl.LayersModel {
  const spec: NFNetSpec = {
    ...NFNET.nfnet_f0,
    stem: [8, 16].map((channels, i) => ({ channels, stride: i === 0 ? 2 : (1 as const) })),
    widths: [16 * width, 32 * width],
    depths: [1, 1],
    strides: [1, 2],
    groupWidth: 8 * width,
    finalChannels: 32 * width,
    dropRate: 0.3,
    stochasticDepthRate: 0.4,
  };
  const model = createModel(spec, { numClasses: 3, inputShape: [12, 12, 3], seed: 3 });
  for (const layer of model.layers) {
    if (!layer.name.endsWith('skip_gain')) continue;
    tf.tidy(() => layer.setWeights(layer.getWeights().map((gain) => tf.fill(gain.shape, 0.7))));
  }
  return model;
}

function images() {
  const [count, shape] = [85, [12, 12, 3]];
  return arrayDataset({
    images: goldenValues('images', count * 432),
    labels: Array.from({ length: count }, (_, i) => (i * 7) % 3),
    imageShape: shape,
    numClasses: 3,
  });
}
