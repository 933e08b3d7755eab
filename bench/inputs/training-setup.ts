import type { NetName, OptimizerName } from '../nets/nets.js';

/** What a participant trains; all of a comparison get the same. */
export interface TrainingSetup {
  readonly net: NetName;
  /** Where `weights` and `images` lie; see `writeNet`. */
  readonly folder: string;
  readonly clipFactor: number;
  readonly optimizer: OptimizerName;
}

/** Asks for training steps on the one batch, with adaptive clipping or without. */
export interface StepsQuestion {
  readonly steps: number;
  readonly clip: boolean;
  readonly learningRate: number;
}

/** Loss before each step, and the milliseconds that it took until its loss was read. */
export interface StepsReply {
  readonly losses: readonly number[];
  readonly milliseconds: readonly number[];
  /** Of ours: whether a step ran as one call. */
  readonly isCompiled?: boolean;
  /** Of ours compiled: its calls that stay with tfjs, by kernel. */
  readonly eagerKernels?: Readonly<Record<string, number>>;
  /** Of ours on WebAssembly: megabytes of its memory after them, and so at most, as it never shrinks. */
  readonly megabytes?: number;
}
