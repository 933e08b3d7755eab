import { clipMeter } from '@nfnets/agc';
import { useBackend } from '@nfnets/backends';
import type { Dataset } from '@nfnets/data';
import { atResolution, createModel } from '@nfnets/models';
import { type EvaluateTask, type Evaluation, ema, type LayerClipStats, train, warmupCosine } from '@nfnets/trainer';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { trialBudget } from '../plan/index.js';
import {
  clipOf,
  lostMetric,
  type Trial,
  type TrialConfig,
  type TrialEvent,
  type TrialFunction,
  type TrialMetrics,
} from '../schema/index.js';
import { loadDataset, type TrialData } from './load-dataset.js';
import { savedWhenLeft, trialCheckpoints } from './trial-checkpoints.js';
import { joinWorkers } from './trial-group.js';
import { trialOptimizer } from './trial-optimizer.js';
import { trialStep } from './trial-step.js';

/** How many steps are looked at for what was clipped. */
const CLIP_LINES = 50;

/** Trains the network of a trial on its data and measures it after every epoch: the trial function of real sweeps. */
export const trainTrial: TrialFunction = async function* (trial, context) {
  const { config, derived } = trial;
  const { engine, threads, checkpointDir, assertHeld } = context;
  const choice = await useBackend(engine, { threads });
  const data = await loadDataset(config.dataset, threads);
  const group = await joinWorkers(context, choice.engine);
  const model = makeModel(config, data.train);
  const { step, microBatches } = trialStep(config, model, threads);
  // Behind the step, which looks at the sizes of the layers: they have two from here on.
  const evaluation = evaluationTask(model, data);
  const onEngine = { type: 'engine', engine: choice.engine, reason: choice.reason, microBatches } as const;
  yield onEngine;

  const optimizer = trialOptimizer(config, model);
  const averages = typeof config.ema === 'number' ? ema(model, { decay: config.ema }) : undefined;
  const { steps } = derived;
  const store = trialCheckpoints(checkpointDir, assertHeld);
  let samples = 0;
  // What it ended with, and the last of that which was finite.
  let last: TrialMetrics = {};
  let metrics: TrialMetrics = {};
  const endEpoch = (end: EpochFigures): TrialEvent => {
    const figures = { trainLoss: end.trainLoss, ...evaluationMetrics(end) };
    last = figures;
    if (!lostMetric(figures)) metrics = figures;
    return { type: 'epoch', epoch: end.epoch + 1, step: end.step + 1, samples, ...figures };
  };
  try {
    const events = train({
      model,
      optimizer,
      data: data.train,
      epochs: trialBudget(config).epochs,
      steps,
      batchSize: config.batchSize,
      seed: config.seed,
      schedule: makeSchedule(config, derived),
      labelSmoothing: config.labelSmoothing,
      evaluate: evaluation,
      ...(config.precision ? { precision: config.precision } : {}),
      ...(step ? { step } : {}),
      ...(averages ? { ema: averages } : {}),
      ...(clipOf(config)
        ? { clipStats: { meter: clipMeter(optimizer), everySteps: Math.max(1, Math.ceil(steps / CLIP_LINES)) } }
        : {}),
      checkpoint: store,
      ...(group ? { group } : {}),
    });
    for await (const event of savedWhenLeft(events, store)) {
      switch (event.type) {
        case 'run-resumed':
          samples = event.steps * config.batchSize;
          yield { type: 'resume', step: event.steps, epoch: event.epoch };
          break;
        case 'run-start':
          yield { ...onEngine, computedIn: event.precision };
          break;
        case 'step-end': {
          const { epoch, loss, learningRate } = event;
          samples += event.samples;
          yield { type: 'step', step: event.step + 1, epoch: epoch + 1, samples, loss, learningRate: learningRate! };
          if (event.clipStats) yield { type: 'clip', step: event.step + 1, ...clippedByLayer(event.clipStats) };
          break;
        }
        case 'epoch-end':
          yield endEpoch({ ...event, evaluation: event.evaluation!, trainLoss: event.meanLoss });
          break;
        case 'run-diverged':
          return {
            status: 'diverged',
            step: event.step + 1,
            lostAt: event.lostAt + 1,
            reason: event.reason,
            metrics,
          };
        case 'run-end':
          return { status: 'done', metrics: last };
      }
    }
    throw new Error('The training ended without saying how.');
  } finally {
    group?.leave();
    averages?.dispose();
    optimizer.dispose();
    if (evaluation.model !== model) evaluation.model.dispose();
    model.dispose();
    await data.dispose();
  }
};

/** The end of an epoch, or of the training inside of one, as numbers; epochs and steps from 0. */
interface EpochFigures extends Evaluations {
  readonly epoch: number;
  readonly step: number;
  readonly trainLoss: number;
}

interface Evaluations {
  readonly evaluation: Evaluation;
  /** With the averaged weights. */
  readonly emaEvaluation?: Evaluation;
}

/** What was clipped, to a thousandth and to three digits: a line has all layers. */
function clippedByLayer(stats: readonly LayerClipStats[]) {
  return {
    layers: Object.fromEntries(
      stats.map(({ layer, units, clippedUnits }) => [layer, Math.round((1000 * clippedUnits) / units) / 1000]),
    ),
    largest: Object.fromEntries(stats.map(({ layer, largestRatio }) => [layer, Number(largestRatio.toPrecision(3))])),
  };
}

/** How the network is measured: at the size of the test images, which may be another than it is trained at. */
function evaluationTask(model: LayersModel, { test: data, evaluationBatch: batchSize }: TrialData) {
  const [height, width] = data.imageShape as [number, number];
  const [, ownHeight, ownWidth] = model.inputs[0]!.shape;
  const isSame = height === ownHeight && width === ownWidth;
  return { model: isSame ? model : atResolution(model, [height, width]), data, batchSize } satisfies EvaluateTask;
}

function evaluationMetrics({ evaluation: { loss, accuracy }, emaEvaluation }: Evaluations) {
  if (!emaEvaluation) return { loss, accuracy };
  return { loss, accuracy, emaLoss: emaEvaluation.loss, emaAccuracy: emaEvaluation.accuracy };
}

function makeModel(config: TrialConfig, { imageShape, numClasses }: Dataset): LayersModel {
  const { model, seed, dropRate, stochasticDepthRate } = config;
  return createModel(model, {
    numClasses,
    inputShape: imageShape as [number, number, number],
    seed,
    ...(dropRate === undefined ? {} : { dropRate }),
    ...(stochasticDepthRate === undefined ? {} : { stochasticDepthRate }),
  });
}

function makeSchedule({ warmupEpochs }: TrialConfig, { learningRate, stepsPerEpoch, steps }: Trial['derived']) {
  return warmupCosine({ maxLearningRate: learningRate, warmupSteps: warmupEpochs * stepsPerEpoch, totalSteps: steps });
}
