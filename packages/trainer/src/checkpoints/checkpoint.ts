import type { Precision } from '@nfnets/compiled-step';
import type { DivergenceState } from '../divergence/divergence.js';
import type { EpochEnd, StepEnd } from '../train-event.js';
import type { TrainedState } from '../weights/trained-weights.js';

/** A tensor of a checkpoint, whose values are read when their turn comes: one tensor at a time is in memory. */
export interface CheckpointTensor {
  readonly name: string;
  readonly dtype: 'float32' | 'int32' | 'bool';
  readonly shape: readonly number[];
  /** Reads its values, row by row; of a bool 0 or 1. */
  read(): Promise<Float32Array | Int32Array | Uint8Array>;
}

/** What there is to keep: what JSON can say, and tensors. */
export interface Checkpoint<Info = unknown> {
  /** Survives `JSON.parse(JSON.stringify(info))`. */
  readonly info: Info;
  readonly tensors: readonly CheckpointTensor[];
}

/** A checkpoint that was found again. */
export interface StoredCheckpoint<Info = unknown> extends Checkpoint<Info> {
  /** Where it is, for people. */
  readonly place: string;
  /** Lets go of the file behind it. */
  close(): Promise<void>;
}

/** The newest checkpoint that is sound. */
export interface FoundCheckpoint extends StoredCheckpoint {
  /** Why newer ones were passed over, one text for each. */
  readonly refused: readonly string[];
}

/** Where a run keeps its checkpoints and when it makes them: `checkpoints()` of `@nfnets/trainer/node`, or one's own. */
export interface CheckpointStore {
  /** Finds where to go on; undefined for a run that begins. Throws where there are checkpoints and none is sound. */
  find(): Promise<FoundCheckpoint | undefined>;
  /** Whether to save the run as it is after this event. */
  isDue(event: StepEnd | EpochEnd): boolean;
  /** The figure of the evaluation by which the best is kept, so that a run without it can be refused. */
  readonly keepBest?: keyof CheckpointMetrics | undefined;
  /** Keeps a checkpoint and says where. Once it returns, a crash or a power cut does not take the checkpoint away. */
  save(checkpoint: Checkpoint<RunInfo>): Promise<string>;
}

/** Where a run is. */
export interface RunPosition {
  /** Steps made. */
  steps: number;
  /** The epoch that the next batch belongs to, from 0. */
  epoch: number;
  /** Batches of that epoch that have been used. */
  batch: number;
  /** Sum of the losses of the epoch's samples so far, and their number. */
  lossSum: number;
  samples: number;
  /** What the divergence detector remembers. */
  divergence: DivergenceState;
  /** What early stopping remembers. Absent in older checkpoints. */
  earlyStopping?: EarlyStoppingState;
}

/** What early stopping remembers. */
export interface EarlyStoppingState {
  /** The best figure so far; null before the first. */
  best: number | null;
  /** Evaluations since then. */
  waited: number;
}

/** What the rest of a run depends on besides its state. A run is resumed only where all of it is the same. */
export interface TaskFingerprint {
  readonly batchSize: number;
  readonly partialBatch: string;
  readonly seed: number;
  /** Samples of the data. */
  readonly samples: number;
  readonly imageShape: readonly number[];
  readonly numClasses: number;
  /** Class names of the optimizer and what it wraps. */
  readonly optimizer: string;
  readonly ema: boolean;
}

/** The figures of a checkpoint at the end of an epoch. */
export interface CheckpointMetrics {
  readonly accuracy: number;
  readonly loss: number;
  readonly emaAccuracy?: number;
  readonly emaLoss?: number;
}

/** What `train` keeps in a checkpoint besides tensors. */
export interface RunInfo {
  readonly task: TaskFingerprint;
  readonly position: RunPosition;
  /** Absent in what older versions kept. */
  readonly trained?: TrainedState;
  /** In what the last step was computed. Absent in what older versions kept, which is float32. */
  readonly precision?: Precision;
  /** Of the evaluation at this very step; absent where there was none. */
  readonly metrics?: CheckpointMetrics;
}
