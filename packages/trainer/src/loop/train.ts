import { deriveSeed } from '@nfnets/data';
import { assertInteger, checkOptions, oneOf, show } from '@nfnets/options';
import type { CheckpointMetrics, RunPosition } from '../checkpoints/checkpoint.js';
import { type Divergence, defaultPatience, divergenceDetector } from '../divergence/divergence.js';
import { findBrokenState } from '../divergence/find-broken-state.js';
import type { Fault } from '../divergence/find-fault.js';
import { findLateDivergence } from '../divergence/late-divergence.js';
import { type Evaluation, evaluateTogether } from '../evaluation/evaluate.js';
import { turnEventLoop } from '../event-loop.js';
import type { LayerClipStats } from '../steps/gradient-meter.js';
import type { EpochEnd, RunDiverged, StepEnd, TrainEvent } from '../train-event.js';
import { TrainedWeights } from '../weights/trained-weights.js';
import { assertSameRun } from './assert-same-run.js';
import { assertTask, INSTEAD_IN_TASK, TASK_RULES } from './assert-task.js';
import { followImprovement, whyStop } from './early-stopping.js';
import { metricsOf, saveRun } from './run-checkpoint.js';
import { RunProgram } from './run-program.js';
import { startTogether } from './start-together.js';
import { Together } from './train-group.js';
import type { TrainTask } from './train-task.js';

/**
 * Trains a classifier and yields an event after every step and epoch; the last event is `run-end` or `run-diverged`.
 *
 * The consumer owns everything else: `break` stops, `await` in the loop pauses, logging is a line in the loop.
 * A run may be left at any event: `break` or `return()` frees what is the trainer's own. With a `checkpoint` store it goes on
 * where its newest checkpoint was made, with the same numbers on the same engine, bit for bit.
 *
 * @param task Model, optimizer, data, and how to train.
 * @throws RangeError or TypeError at once if the task does not fit together; in the loop, CheckpointError for a checkpoint of another task.
 * @example
 * ```ts
 * import { arrayDataset } from '@nfnets/data';
 * import { mnistDigits } from '@nfnets/data/node';
 * import { createModel } from '@nfnets/models';
 * import { sgd } from '@nfnets/optimizers';
 * import { train } from '@nfnets/trainer';
 *
 * const data = arrayDataset(mnistDigits());
 * const model = createModel('nfnet_digits', { numClasses: 10, seed: 0 });
 * const optimizer = sgd({ learningRate: 0.1 });
 * for await (const event of train({ model, optimizer, data, epochs: 1, batchSize: 64, seed: 0 })) {
 *   if (event.type === 'step-end') console.log(event.step, event.loss);
 *   if (event.type === 'run-diverged') console.log(event.reason);
 * }
 * ```
 */
export function train(task: TrainTask): AsyncGenerator<TrainEvent, void, void> {
  assertTask(task);
  // What is set in the task later would be half followed.
  return run({ ...task });
}

/**
 * Number of steps that {@link train} makes in all: what a schedule wants as its `totalSteps`.
 *
 * @param task As {@link train} takes it; data, epochs and batch size will do.
 * @throws RangeError or TypeError for what is lacking or out of its range.
 * @example
 * ```ts
 * import { countSteps, warmupCosine } from '@nfnets/trainer';
 *
 * const totalSteps = countSteps({ data: { length: 60_000 }, epochs: 10, batchSize: 256 }); // 2340
 * const schedule = warmupCosine({ maxLearningRate: 0.1, warmupSteps: totalSteps / 20, totalSteps });
 * ```
 */
export function countSteps(task: StepCountTask): number {
  if (typeof task?.data !== 'object' || typeof task.data?.length !== 'number') {
    throw new TypeError(`countSteps: the task must have \`data\`, \`epochs\` and \`batchSize\`, got ${show(task)}.`);
  }
  // All of a task may be given, not only what is counted by.
  const rules = { ...TASK_RULES, partialBatch: oneOf(['drop', 'keep']) };
  checkOptions<TrainTask>('countSteps', task, rules, { instead: INSTEAD_IN_TASK });
  const { data, epochs, batchSize, partialBatch = 'drop', steps = Infinity } = task;
  assertInteger('countSteps', 'data.length', data.length, 0);
  assertInteger('countSteps', 'epochs', epochs, 1);
  assertInteger('countSteps', 'batchSize', batchSize, 1);
  if (steps !== Infinity) assertInteger('countSteps', 'steps', steps, 1);
  const batches = data.length / batchSize;
  return Math.min(steps, epochs * (partialBatch === 'drop' ? Math.floor(batches) : Math.ceil(batches)));
}

type StepCountTask = Pick<TrainTask, 'epochs' | 'batchSize' | 'partialBatch' | 'steps'> & {
  /** What is trained on, or how many samples it has. */
  readonly data: { readonly length: number };
};

async function* run(task: TrainTask): AsyncGenerator<TrainEvent, void, void> {
  const { model, optimizer, data, epochs, batchSize, seed, schedule, partialBatch = 'drop', earlyStopping } = task;
  const { checkpoint: store } = task;
  const together = new Together(task.group);
  const steps = countSteps(task);
  assertSameRun(together, task, steps);
  const resumed = await startTogether(together, task);
  const mostSteps = task.steps ?? Infinity;
  const patience = defaultPatience(steps);
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
  at.earlyStopping ??= { best: null, waited: 0 };
  const improvement = at.earlyStopping;
  const start = performance.now();
  let loss = Number.NaN;
  let isStarted = false;
  let stopped = earlyStopping && whyStop(earlyStopping, improvement);
  const weights = await TrainedWeights.start(model, optimizer, task.ema, resumed?.info.trained);
  const program = await RunProgram.start(task, weights);
  const kept = () => ({ trained: weights.saved, precision: program.description.precision });
  // One process writes, and the others hear where.
  const save = async (position: RunPosition, metrics: CheckpointMetrics | undefined) =>
    together.ofFirst('a checkpoint', together.isFirst ? await saveRun(task, store!, position, metrics, kept()) : '');
  const diverged = (found: Fault & Partial<Divergence>): RunDiverged => {
    const step = at.steps - 1;
    const lostAt = findDivergence.state.highSince ?? step;
    return { type: 'run-diverged', step, epoch: at.epoch, lostAt, ...found, loss };
  };
  try {
    const { precision: formerPrecision = 'float32' } = resumed?.info ?? {};
    const isOther = formerPrecision !== program.description.precision;
    if (resumed) yield { ...resumed.event, ...(isOther && { formerPrecision }) };
    // An epoch that was left in its midst has its end yet to come.
    const isOver = () => at.epoch >= epochs || stopped !== undefined || (at.batch === 0 && at.steps >= mostSteps);
    for (; !isOver(); Object.assign(at, nextEpoch(at))) {
      const { epoch } = at;
      let stepStart = performance.now();
      const request = {
        batchSize,
        partialBatch,
        shuffleSeed: deriveSeed(seed, 'order', epoch),
        firstBatch: at.batch,
        ...(program.drawnPart && { part: program.drawnPart }),
      };
      for await (const batch of at.steps < mostSteps ? data.batches(request) : []) {
        const step = at.steps;
        const planned = Math.min(batchSize, data.length - at.batch * batchSize);
        const { fault, ...made } = await program.runStep(
          batch,
          planned,
          step,
          findDivergence.isAtRisk,
          step + 1 === steps,
        );
        loss = made.loss;
        at.steps++;
        at.batch++;
        at.lossSum += loss * made.samples;
        at.samples += made.samples;
        const notice = program.takeNotice();
        if (!isStarted) yield { type: 'run-start', ...program.description };
        else if (notice !== undefined) yield { type: 'run-eager', step, epoch, reason: notice };
        isStarted = true;
        const seconds = (performance.now() - stepStart) / 1000;
        const stepEnd: StepEnd = { type: 'step-end', step, epoch, ...made, seconds };
        yield stepEnd;
        const tooHigh = findDivergence(loss);
        const found = fault ?? findBrokenGradient(made.clipStats) ?? tooHigh;
        if (found) return yield diverged(found);
        if (store && (await together.ofFirst('whether a checkpoint is due', store.isDue(stepEnd)))) {
          const saved = await save(at, undefined);
          if (typeof saved !== 'string') return yield diverged(saved);
          yield { type: 'checkpoint-saved', step, epoch, place: saved };
        }
        await turnEventLoop();
        if (at.steps >= mostSteps) break;
        stepStart = performance.now();
      }
      assertBatches(at);

      const isLast = epoch + 1 === epochs || at.steps >= mostSteps;
      const evaluations = await evaluateEpoch(task, together, epoch, isLast);
      const step = at.steps - 1;
      const epochEnd: EpochEnd = { type: 'epoch-end', epoch, step, meanLoss: at.lossSum / at.samples, ...evaluations };
      yield epochEnd;
      const metrics = metricsOf(epochEnd);
      if (earlyStopping && metrics) {
        followImprovement(earlyStopping, improvement, metrics);
        stopped = whyStop(earlyStopping, improvement);
      }
      let found = await findBrokenState(task, evaluations);
      if (!found && (isLast || stopped !== undefined)) {
        const { evaluation } = evaluations;
        const end = { loss, evaluation, closingLoss: () => program.closingLoss(), margin: options.margin ?? 1 };
        found = await findLateDivergence(findDivergence, end);
      }
      if (found) return yield diverged(found);
      if (store && (await together.ofFirst('whether a checkpoint is due', store.isDue(epochEnd)))) {
        const saved = await save(nextEpoch(at), metrics);
        if (typeof saved !== 'string') return yield diverged(saved);
        yield { type: 'checkpoint-saved', step, epoch, place: saved };
      }
    }
    const seconds = (performance.now() - start) / 1000;
    yield { type: 'run-end', steps: at.steps, epochs: at.epoch, ...(stopped !== undefined && { stopped }), seconds };
  } finally {
    program.dispose();
  }
}

/** Throws where an epoch had no batch: a loader that lost all of its images, say. */
function assertBatches({ epoch, samples }: RunPosition): void {
  if (samples > 0) return;
  throw new RangeError(`train: \`data\` must yield at least one batch an epoch, got none in epoch ${epoch}.`);
}

/** The position at the beginning of the next epoch. */
function nextEpoch(at: RunPosition): RunPosition {
  return { ...at, epoch: at.epoch + 1, batch: 0, lossSum: 0, samples: 0 };
}

type Evaluations = Pick<EpochEnd, 'evaluation' | 'emaEvaluation'>;

async function evaluateEpoch(
  { model: trained, evaluate: wanted, ema }: TrainTask,
  together: Together,
  epoch: number,
  isLast: boolean,
): Promise<Evaluations> {
  if (!wanted) return {};
  const { data, batchSize, everyEpochs = 1, model = trained } = wanted;
  if ((epoch + 1) % everyEpochs !== 0 && !isLast) return {};
  const options = batchSize === undefined ? {} : { batchSize };
  const evaluators = together.group && together;
  const measure = (): Promise<Evaluation> => evaluateTogether(model, data, options, evaluators);
  const evaluation = await measure();
  return ema ? { evaluation, emaEvaluation: await ema.withAverage(measure) } : { evaluation };
}

/** The layer nearest to the output whose gradient is not finite: from there it spreads to all before it. */
function findBrokenGradient(stats: readonly LayerClipStats[] = []): Fault | undefined {
  const layer = stats.findLast(({ largestRatio }) => !Number.isFinite(largestRatio))?.layer;
  return layer === undefined
    ? undefined
    : { kind: 'non-finite-gradient', layer, reason: `the gradient of the layer \`${layer}\` is not finite` };
}
