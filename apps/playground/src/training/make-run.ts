import { addDecayedWeights, clipMeter, withTransforms } from '@nfnets/agc';
import { type ArrayDatasetArgs, arrayDataset, type Dataset, split } from '@nfnets/data';
import { sgd } from '@nfnets/optimizers';
import { countSteps, type TrainEvent, train, warmupCosine } from '@nfnets/trainer';
import { CLIP_RULES, FIXED, learningRateOf, type Settings } from '../settings/index.js';
import { clipTransforms, UNCLIPPED } from './clip-transforms.js';
import { makeNet } from './make-net.js';
import { type UnitRatios, unitMeter } from './unit-meter.js';

/** The two parts of a set. */
export interface RunData {
  readonly train: Dataset;
  readonly test: Dataset;
}

/** A training that goes on as far as its events are asked for. */
export interface Run {
  readonly steps: number;
  readonly stepsPerEpoch: number;
  readonly events: AsyncGenerator<TrainEvent, void, void>;
  /** Of the last step. */
  readonly unitRatios: () => UnitRatios | undefined;
  /** Frees what the run has made; it must not be in the midst of a step. */
  dispose(): Promise<void>;
}

/** Training and test images of a set, the same ones in every run, as a sweep's `splitSeed` draws them. */
export function cutData(images: ArrayDatasetArgs, count: number): RunData {
  const [train, test] = split(arrayDataset(images), { counts: [count, FIXED.test], seed: FIXED.splitSeed });
  return { train, test };
}

/**
 * A run of `settings`, with its rule of clipping or without any: weights and order are the same, as both are of the seed. Without clipping
 * it is measured what AGC would have clipped, at its threshold or else its usual one.
 */
export function makeRun(settings: Settings, isClipped: boolean, data: RunData): Run {
  const { net, rule, threshold, batchSize, seed, epochs } = settings;
  const model = makeNet(net, data.train.imageShape as [number, number, number], seed);
  const learningRate = learningRateOf(settings);
  const optimizer = withTransforms(
    sgd({ learningRate, momentum: FIXED.momentum }),
    ...(isClipped ? clipTransforms(rule, threshold) : []),
    addDecayedWeights({ weightDecay: FIXED.weightDecay }),
  );
  const agcOptions = { clipFactor: rule === 'agc' ? threshold : CLIP_RULES.agc.usual, exclude: UNCLIPPED };
  const { meter, last } = unitMeter(clipMeter(isClipped ? optimizer : agcOptions));
  const plan = { data: data.train, epochs, batchSize, seed };
  const steps = countSteps(plan);
  const events = train({
    ...plan,
    model,
    optimizer,
    schedule: warmupCosine({ maxLearningRate: learningRate, warmupSteps: FIXED.warmup * steps, totalSteps: steps }),
    labelSmoothing: FIXED.labelSmoothing,
    evaluate: { data: data.test, batchSize: 250 },
    clipStats: { meter, everySteps: 1 },
  });
  return {
    steps,
    stepsPerEpoch: steps / epochs,
    events,
    unitRatios: last,
    async dispose() {
      await events.return();
      optimizer.dispose();
      model.dispose();
    },
  };
}
