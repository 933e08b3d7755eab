import { deriveSeed } from '@nfnets/data';
import { assertTask } from './assert-task.js';
import type { RunPosition } from './checkpoint.js';
import { type Divergence, defaultPatience, divergenceDetector } from './divergence.js';
import { type Evaluation, evaluate } from './evaluate.js';
import { turnEventLoop } from './event-loop.js';
import type { Origin } from './find-origin.js';
import type { LayerClipStats } from './gradient-meter.js';
import { layerOf, nonFiniteWeights } from './non-finite-weights.js';
import { metricsOf, resumeRun, saveRun } from './run-checkpoint.js';
import { RunProgram } from './run-program.js';
import type { EpochEnd, StepEnd, TrainEvent } from './train-event.js';
import type { TrainTask } from './train-task.js';
import { TrainedWeights } from './trained-weights.js';

/**
 * Trains a classifier and yields an event after every step and epoch; the last event is `run-end` or `run-diverged`.
 *
 * The consumer owns everything else: `break` stops, `await` in the loop pauses, logging is a line in the loop.
 * A run may be left at any event: `break` or `return()` frees what is the trainer's own. With a `checkpoint` store it goes on
 * where its newest checkpoint was made, with the same numbers on the same engine, bit for bit.
 *
 * @throws RangeError or TypeError at once if the task does not fit together
 */
export function train(task: TrainTask): AsyncGenerator<TrainEvent, void, void> {
  assertTask(task);
  // What is set in the task later would be half followed.
  return run({ ...task });
}

/** Number of steps that {@link train} makes in all: what a schedule wants as its `totalSteps`. */
export function countSteps({ data, epochs, batchSize, partialBatch = 'drop' }: StepCountTask): number {
  const batches = data.length / batchSize;
  return epochs * (partialBatch === 'drop' ? Math.floor(batches) : Math.ceil(batches));
}

type StepCountTask = Pick<TrainTask, 'epochs' | 'batchSize' | 'partialBatch'> & { readonly data: { length: number } };

async function* run(task: TrainTask): AsyncGenerator<TrainEvent, void, void> {
  const { model, optimizer, data, epochs, batchSize, seed, schedule, partialBatch = 'drop' } = task;
  const { checkpoint: store } = task;
  const resumed = store && (await resumeRun(task, store));
  const patience = defaultPatience(countSteps(task));
  const options = { patience, warmupSteps: schedule?.warmupSteps ?? 0, ...task.divergence };
  const findDivergence = divergenceDetector(data.numClasses, options, resumed?.info.position.divergence);
  const at: RunPosition = resumed?.info.position ?? {
    steps: 0,
    epoch: 0,
    batch: 0,
    lossSum: 0,
    samples: 0,
    divergence: findDivergence.state,
  };
  let metrics = resumed?.info.metrics;
  const start = performance.now();
  let loss = Number.NaN;
  let isStarted = false;
  const weights = await TrainedWeights.start(model, optimizer, task.ema, resumed?.info.trained);
  const program = await RunProgram.start(task, weights);
  try {
    if (resumed) yield resumed.event;
    for (; at.epoch < epochs; Object.assign(at, nextEpoch(at))) {
      const { epoch } = at;
      let stepStart = performance.now();
      for await (const batch of data.batches({
        batchSize,
        partialBatch,
        shuffleSeed: deriveSeed(seed, 'order', epoch),
        firstBatch: at.batch,
      })) {
        const step = at.steps;
        const { origin, ...made } = await program.runStep(batch, step, findDivergence.isAtRisk);
        loss = made.loss;
        at.steps++;
        at.batch++;
        at.lossSum += loss * made.samples;
        at.samples += made.samples;
        const notice = program.takeNotice();
        if (!isStarted) yield { type: 'run-start', ...program.description };
        else if (notice !== undefined) yield { type: 'run-eager', step, epoch, reason: notice };
        isStarted = true;
        const stepEnd: StepEnd = {
          type: 'step-end',
          step,
          epoch,
          ...made,
          seconds: (performance.now() - stepStart) / 1000,
        };
        yield stepEnd;
        const divergence = locate(findDivergence(loss), origin) ?? findBrokenGradient(made.clipStats);
        if (divergence) {
          yield { type: 'run-diverged', step, epoch, ...divergence, loss };
          return;
        }
        if (store?.isDue(stepEnd)) {
          const place = await saveRun(task, store, at, metrics, weights.saved);
          yield { type: 'checkpoint-saved', step, epoch, place };
        }
        await turnEventLoop();
        stepStart = performance.now();
      }

      const evaluations = await evaluateEpoch(task, epoch);
      const step = at.steps - 1;
      const epochEnd: EpochEnd = { type: 'epoch-end', epoch, step, meanLoss: at.lossSum / at.samples, ...evaluations };
      yield epochEnd;
      const divergence = await findBrokenNetwork(weights, evaluations);
      if (divergence) {
        yield { type: 'run-diverged', step, epoch, ...divergence, loss };
        return;
      }
      metrics = metricsOf(epochEnd) ?? metrics;
      if (store?.isDue(epochEnd)) {
        const place = await saveRun(task, store, nextEpoch(at), metrics, weights.saved);
        yield { type: 'checkpoint-saved', step, epoch, place };
      }
    }
    yield { type: 'run-end', steps: at.steps, epochs, seconds: (performance.now() - start) / 1000 };
  } finally {
    program.dispose();
  }
}

/** The position at the beginning of the next epoch. */
function nextEpoch(at: RunPosition): RunPosition {
  return { ...at, epoch: at.epoch + 1, batch: 0, lossSum: 0, samples: 0 };
}

type Evaluations = Pick<EpochEnd, 'evaluation' | 'emaEvaluation'>;

async function evaluateEpoch(
  { model: trained, evaluate: wanted, ema, epochs }: TrainTask,
  epoch: number,
): Promise<Evaluations> {
  if (!wanted) return {};
  const { data, batchSize, everyEpochs = 1, model = trained } = wanted;
  if ((epoch + 1) % everyEpochs !== 0 && epoch + 1 !== epochs) return {};
  const measure = (): Promise<Evaluation> => evaluate(model, data, batchSize === undefined ? {} : { batchSize });
  const evaluation = await measure();
  return ema ? { evaluation, emaEvaluation: await ema.withAverage(measure) } : { evaluation };
}

/** A divergence with the layer where it began. */
function locate(divergence: Divergence | undefined, origin: Origin | undefined): Divergence | undefined {
  if (!divergence || !origin) return divergence;
  const { layer, where } = origin;
  const found = where === 'weights' ? `has weights that are not` : `is the first whose output is not`;
  return { ...divergence, layer, reason: `${divergence.reason}: the layer \`${layer}\` ${found} finite` };
}

/** The layer nearest to the output whose gradient is not finite: from there it spreads to all before it. */
function findBrokenGradient(stats: readonly LayerClipStats[] = []): Divergence | undefined {
  const layer = stats.findLast(({ largestRatio }) => !Number.isFinite(largestRatio))?.layer;
  return layer === undefined
    ? undefined
    : { kind: 'non-finite-gradient', layer, reason: `the gradient of the layer \`${layer}\` is not finite` };
}

/** Why the network computes no finite numbers any more; undefined if it does. */
async function findBrokenNetwork(
  { variables }: TrainedWeights,
  { evaluation }: Evaluations,
): Promise<Divergence | undefined> {
  // The training loss may stay finite: some backends turn a NaN into 0 in a relu.
  const broken = (await nonFiniteWeights(variables)).at(-1);
  if (broken !== undefined) {
    const { name } = variables[broken]!;
    return { kind: 'non-finite-weight', layer: layerOf(name), reason: `the weight \`${name}\` is not finite` };
  }
  if (evaluation && !Number.isFinite(evaluation.loss)) {
    return { kind: 'non-finite-evaluation', reason: `the evaluation's loss is ${evaluation.loss}` };
  }
  return undefined;
}
