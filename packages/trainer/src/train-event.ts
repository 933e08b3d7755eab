import type { Precision } from '@nfnets/compiled-step';
import type { DivergenceKind } from './divergence/divergence.js';
import type { Evaluation } from './evaluation/evaluate.js';
import type { LayerClipStats } from './steps/gradient-meter.js';

/** The first update of this process was made, and so it is known how steps run. */
export interface RunStart {
  readonly type: 'run-start';
  /** Whether a step is one program; see `@nfnets/compiled-step`. */
  readonly isCompiled: boolean;
  /** In what steps compute convolutions and products of matrices. */
  readonly precision: Precision;
  /** Kernels that a compiled step leaves to tfjs, and how often; absent where there are none. */
  readonly eagerKernels?: Readonly<Record<string, number>>;
  /** Why not, where it might have been. */
  readonly reason?: string;
}

/** The run goes on where a checkpoint of it was made; the first event then, before any step. */
export interface RunResumed {
  readonly type: 'run-resumed';
  /** Steps that had been made, which is the number of the next. */
  readonly steps: number;
  /** Number of the epoch that the next step belongs to. */
  readonly epoch: number;
  /** Sum of the losses of that epoch's samples so far, and their number. */
  readonly lossSum: number;
  readonly samples: number;
  /** Where the checkpoint is. */
  readonly place: string;
  /** Why newer checkpoints were passed over: truncated, changed. */
  readonly refused: readonly string[];
  /** Layers whose `trainable` was another than in the checkpoint, and now is the same; absent if there are none. */
  readonly refrozen?: readonly string[];
  /** In what the steps before the checkpoint were computed, where that is another than now; absent where it is the same. */
  readonly formerPrecision?: Precision;
}

/** From this step on steps run as they are, though they were compiled before, or those of some shapes do. */
export interface RunEager {
  readonly type: 'run-eager';
  readonly step: number;
  readonly epoch: number;
  readonly reason: string;
}

/** The run was kept as it is after step number `step`. */
export interface CheckpointSaved {
  readonly type: 'checkpoint-saved';
  readonly step: number;
  readonly epoch: number;
  /** Where the checkpoint is. */
  readonly place: string;
}

/** An update was made. */
export interface StepEnd {
  readonly type: 'step-end';
  /** Number of the step, from 0 over the whole run. */
  readonly step: number;
  /** Number of the epoch, from 0. */
  readonly epoch: number;
  /** Mean smoothed cross-entropy of the batch before the update. */
  readonly loss: number;
  /** The rate that the schedule gave for this step; absent without a schedule. */
  readonly learningRate?: number;
  /** Samples in the batch. */
  readonly samples: number;
  /** How much clipping each layer needed; of the steps that the task's `clipStats` measures. */
  readonly clipStats?: readonly LayerClipStats[];
  /** Wall time of the step: making the batch, the update, and reading the loss. */
  readonly seconds: number;
}

/** All batches of an epoch have been used. */
export interface EpochEnd {
  readonly type: 'epoch-end';
  readonly epoch: number;
  /** Number of the epoch's last step. */
  readonly step: number;
  /** Mean of the losses of the epoch's samples, each as it was when its batch came up. */
  readonly meanLoss: number;
  /** With the weights as trained; if the task asks for evaluation. */
  readonly evaluation?: Evaluation;
  /** With the averaged weights; if the task also has an `ema`. */
  readonly emaEvaluation?: Evaluation;
}

/** The run cannot come to anything any more, and has stopped; the last event. */
export interface RunDiverged {
  readonly type: 'run-diverged';
  /** Number of the last step: of what is not finite the step where it happened, of losses that are too high the one at which it is sure. */
  readonly step: number;
  readonly epoch: number;
  /** What went wrong. */
  readonly kind: DivergenceKind;
  /** Why, for people: "the loss is NaN". */
  readonly reason: string;
  /** The layer where it began, where that can be told. */
  readonly layer?: string;
  /**
   * Number of the step at which the run was lost: the first from which on nine in ten losses were above the limit, or which was the
   * first not to be finite.
   */
  readonly lostAt: number;
  /** Loss of the last step. */
  readonly loss: number;
}

/** All epochs are done, or were enough; the last event. */
export interface RunEnd {
  readonly type: 'run-end';
  /** Number of steps made. */
  readonly steps: number;
  readonly epochs: number;
  /** Why it ended before all epochs were done, where `earlyStopping` ended it. */
  readonly stopped?: string;
  /** Wall time from the first batch, the consumer's own time included. */
  readonly seconds: number;
}

/** What {@link train} reports, told apart by `type`. */
export type TrainEvent = RunResumed | RunStart | RunEager | CheckpointSaved | StepEnd | EpochEnd | RunDiverged | RunEnd;
