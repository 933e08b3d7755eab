import { compileStep, type Program, type ScalarValues, TraceError } from '@nfnets/compiled-step';
import type { Batch, BatchPart } from '@nfnets/data';
import { deriveSeed } from '@nfnets/data';
import { show } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import { type Fault, findFault } from '../divergence/find-fault.js';
import { assertClasses, assertProbabilities } from '../evaluation/assert-labels.js';
import type { RunStart, StepEnd } from '../train-event.js';
import { layersOf } from '../weights/layers-of.js';
import { setIterations } from '../weights/optimizer-state.js';
import type { TrainedWeights } from '../weights/trained-weights.js';
import { closingLoss, type KeptSamples, keepSamples } from './closing-loss.js';
import { RunSteps, type StepResult } from './run-steps.js';
import { type SharedBatch, Together } from './train-group.js';
import type { TrainTask } from './train-task.js';
import { WeightsBefore } from './weights-before.js';

type StepProgram = Program<Pick<RunSteps, 'step' | 'measuredStep'>>;

/** What is told of a step, and what went wrong if something of it is not finite. */
type StepReport = Pick<StepEnd, 'loss' | 'learningRate' | 'samples' | 'clipStats'> & { readonly fault?: Fault };

/** The steps of a run: compiled where that can be done, else as they are. */
export class RunProgram {
  private program!: StepProgram;
  private reason: string | undefined;
  /** Why steps run as they are from now on, until it is told. */
  private notice: string | undefined;
  /** Samples of the last batch. */
  private lastSamples: KeptSamples | undefined;
  private readonly before = new WeightsBefore();
  private readonly steps: RunSteps;
  private readonly together: Together;

  private constructor(
    private readonly task: TrainTask,
    private readonly weights: TrainedWeights,
  ) {
    this.together = new Together(task.group);
    this.steps = new RunSteps(task, weights, this.together);
  }

  /** @throws TypeError if the task wants to be compiled and its optimizer cannot be; RangeError for bfloat16 where it cannot be had */
  static async start(task: TrainTask, weights: TrainedWeights): Promise<RunProgram> {
    const { optimizer, schedule } = task;
    const isFrozen = schedule !== undefined && !('withLearningRate' in optimizer && optimizer.withLearningRate);
    const reason = isFrozen
      ? 'the learning rate of `optimizer` would stay what it was when it was compiled, and there is a `schedule`; those of @nfnets/optimizers have a rate that can change'
      : undefined;
    const must = whatNeedsCompiling(task);
    if (must !== undefined && reason !== undefined) throw new TypeError(`train: ${must}, but ${reason}.`);
    const run = new RunProgram(task, weights);
    await run.compile(task.compile === false || isFrozen);
    if (task.compile !== false) run.reason = reason;
    return run;
  }

  get description(): Omit<RunStart, 'type'> {
    const { isCompiled, precision, eagerKernels } = this.program;
    const isWhole = Object.keys(eagerKernels).length === 0;
    return {
      isCompiled,
      precision,
      ...(!isWhole && { eagerKernels }),
      ...(this.reason !== undefined && { reason: this.reason }),
    };
  }

  /** The part of each batch that is to be drawn; undefined for whole batches. */
  get drawnPart(): BatchPart | undefined {
    const { data, transformBatch } = this.task;
    // What mixes images must see all of them.
    return this.together.partOf(data, transformBatch !== undefined);
  }

  /** Why steps run as they are since the last one, though they were compiled before; said once. */
  takeNotice(): string | undefined {
    const { notice } = this;
    this.notice = undefined;
    return notice;
  }

  /**
   * Makes step number `step` and tells what its event will; frees the batch.
   *
   * @param planned Samples that the batch was to have, of all processes
   * @param isAtRisk Whether the loss before was too high: weights are then kept also where that takes time
   * @param isLast Whether {@link closingLoss} may be asked for
   */
  async runStep(drawn: Batch, planned: number, step: number, isAtRisk: boolean, isLast: boolean): Promise<StepReport> {
    const { model, optimizer, data, schedule, seed, ema, clipStats } = this.task;
    this.weights.follow();
    const { variables } = this.weights;
    const { batch, shared } = this.ownPart(this.transform(drawn, step), planned);
    const { isCompiled } = this.program;
    const before = await this.before.copy(variables, { isCompiled, isAtRisk });
    let made: StepResult | undefined;
    try {
      const name = clipStats && step % (clipStats.everySteps ?? 50) === 0 ? 'measuredStep' : 'step';
      const learningRate = schedule?.(step);
      if (learningRate !== undefined && !Number.isFinite(learningRate)) {
        throw new RangeError(`train: \`schedule\` must give finite numbers, got ${learningRate} at step ${step}.`);
      }
      if (learningRate !== undefined) (optimizer as tf.SGDOptimizer).setLearningRate(learningRate);
      const maskSeed = deriveSeed(seed, 'masks', step);
      this.steps.seed = maskSeed;
      const iterations = optimizer.iterations;
      made = await this.run(name, batch, {
        seed: maskSeed,
        ...(ema && { emaShare: ema.nextShare() }),
        ...(shared && {
          samples: shared.samples,
          from: shared.rows[0],
          own: shared.isStandIn ? 0 : batch.images.shape[0]!,
        }),
      });
      // A compiled step does not pass by the optimizer's own code, and recording it passes several times.
      if (this.program.isCompiled) setIterations(optimizer, iterations + this.steps.iterationsPerStep);
      // Waits for the device. Reading one step late would hide that, and tell of a step when the next is already made.
      const [[loss], sums, measured, labels, samples] = await Promise.all([
        made.loss.data(),
        made.sums.data<'float32'>(),
        made.measured?.data(),
        batch.labels.data(),
        made.samples?.data(),
      ]);
      const assertLabels = batch.labels.rank === 1 ? assertClasses : assertProbabilities;
      assertLabels('train', labels, data.numClasses);
      const isSuspect = !Number.isFinite(loss) || !sums.every(Number.isFinite);
      const suspect = { model, variables, batch, seed: maskSeed, loss: loss!, gradientSum: sums[0]!, before };
      const fault = isSuspect ? await this.agreedFault(await findFault(suspect)) : undefined;
      if (isLast) this.lastSamples = await keepSamples(batch);
      this.before.follow(variables, sums);
      return {
        loss: loss!,
        samples: samples ? Math.round(samples[0]!) : batch.images.shape[0]!,
        ...(learningRate !== undefined && { learningRate }),
        ...(measured && { clipStats: this.steps.readMeasured(measured) }),
        ...(fault && { fault }),
      };
    } finally {
      tf.dispose([
        batch.images,
        batch.labels,
        made?.loss ?? [],
        made?.sums ?? [],
        made?.measured ?? [],
        made?.samples ?? [],
        before ?? [],
      ]);
    }
  }

  /** The loss of samples of the last batch with the weights after it; undefined if that was not made here. */
  async closingLoss(): Promise<number | undefined> {
    const { model } = this.task;
    const { seed, lossOptions } = this.steps;
    const own = this.lastSamples && (await closingLoss(model, this.lastSamples, seed, lossOptions));
    if (!this.together.group) return own;
    const samples = this.lastSamples?.images.shape[0] ?? 0;
    const all = await this.together.exchange('the closing loss', [
      own === undefined ? null : String(own),
      samples,
    ] as const);
    const known = all.flatMap(([loss, count]) => (loss === null ? [] : [[Number(loss), count] as const]));
    const total = known.reduce((sum, [, count]) => sum + count, 0);
    return known.length === 0 ? undefined : known.reduce((sum, [loss, count]) => sum + (loss * count) / total, 0);
  }

  dispose(): void {
    this.program.dispose();
  }

  /** What the task makes of a batch; frees that. */
  private transform(batch: Batch, step: number): Batch {
    const { transformBatch, seed } = this.task;
    if (!transformBatch) return batch;
    try {
      return tf.tidy(() => {
        const made = transformBatch(batch, deriveSeed(seed, 'transform', step));
        const { images, labels } = made ?? {};
        if (!(images instanceof tf.Tensor && labels instanceof tf.Tensor)) {
          throw new TypeError(
            `train: \`transformBatch\` must return { images, labels } of tensors, got ${show(made)}.`,
          );
        }
        // Clones: what was not changed must outlive the batch.
        return { images: tf.clone(images), labels: tf.clone(labels) };
      });
    } finally {
      tf.dispose([batch.images, batch.labels]);
    }
  }

  /** This process's rows of a batch, where that is whole; frees it. */
  private ownPart(batch: Batch, planned: number): { readonly batch: Batch; readonly shared?: SharedBatch } {
    if (!this.together.group) return { batch };
    if (this.drawnPart) return { batch, shared: this.together.share(planned) };
    // Not what was planned: a batch may have lost images.
    const shared = this.together.share(batch.images.shape[0]!);
    const [from, to] = shared.rows;
    try {
      const cut = <T extends tf.Tensor>(tensor: T): T => tf.slice(tensor, from, to - from);
      return { batch: { images: cut(batch.images), labels: cut(batch.labels) }, shared };
    } finally {
      tf.dispose([batch.images, batch.labels]);
    }
  }

  /** The same fault in all processes: of those found the first that names a layer. */
  private async agreedFault(own: Fault | undefined): Promise<Fault | undefined> {
    const all = await this.together.exchange('what went wrong', own ?? null);
    return all.find((fault) => fault?.layer !== undefined) ?? all.find((fault) => fault !== null) ?? undefined;
  }

  private async run(
    name: 'step' | 'measuredStep',
    { images, labels }: Batch,
    scalars: ScalarValues,
  ): Promise<StepResult> {
    try {
      return this.program[name]({ images, labels }, scalars);
    } catch (error) {
      if (!(error instanceof TraceError) || whatNeedsCompiling(this.task) !== undefined) throw error;
      this.program.dispose();
      await this.compile(true);
      this.reason = error.message;
      this.notice = error.message;
      return this.program[name]({ images, labels }, scalars);
    }
  }

  private async compile(eager: boolean): Promise<void> {
    const { model, optimizer, maxTraces = 8, precision = 'float32' } = this.task;
    const { weights } = this;
    const trained = {
      name: 'model',
      get trainableWeights() {
        return weights.variables;
      },
    };
    const watch = [trained, ...layersOf(model), optimizer];
    const onEager = (reason: string) => {
      this.notice = reason;
    };
    this.program = await compileStep(
      { step: this.steps.step, measuredStep: this.steps.measuredStep },
      {
        eager,
        maxTraces,
        precision,
        watch,
        ...(whatNeedsCompiling(this.task) === undefined && { onEager }),
        ...(this.together.group && { group: this.together.group }),
      },
    );
    this.steps.isCompiled = this.program.isCompiled;
    if (precision !== 'bfloat16' || this.program.precision === 'bfloat16') return;
    this.program.dispose();
    throw new RangeError(
      `train: \`precision\` 'bfloat16' is for steps that TensorFlow compiles, and the backend '${tf.getBackend()}' computes in float32. Take useBackend('native') of @nfnets/backends, or 'float32' or 'auto'.`,
    );
  }
}

/** Why a task's steps must be compiled, as a clause; undefined where they may run as they are. */
function whatNeedsCompiling({ compile, precision, group }: TrainTask): string | undefined {
  if (group && group.size > 1) return `\`group\` has ${group.size} processes, which meet within compiled steps`;
  if (compile === true) return '`compile` is true';
  return precision === 'bfloat16' ? "`precision` is 'bfloat16', for which steps must be compiled" : undefined;
}
