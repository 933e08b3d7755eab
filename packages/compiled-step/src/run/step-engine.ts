import type * as tf from '@tensorflow/tfjs-core';
import type { Recording, RecordTask } from '../record/record-step.js';
import type { ScalarValues } from '../step-function.js';
import type { TensorTree } from '../tensor-tree.js';
import type { CompiledTrace } from './trace-cache.js';

/** How steps are recorded on a backend of tfjs's, and what runs them there. */
export interface StepEngine<Recorded extends Recording, Made> {
  /** The variables of what is compiled. */
  readonly variables: readonly tf.Variable[];
  record(task: RecordTask): Recorded;
  /** Where two recordings of a step differ, and what to change; undefined if they are the same. */
  difference(first: Recorded, second: Recorded, scalars: ScalarValues): string | undefined;
  /** Makes of a recording what runs it, beside `others`, which may be made anew. */
  compile(recording: Recorded, others: readonly CompiledTrace<Recorded, Made>[]): Made;
  /** Runs a step; its results are the caller's. */
  run(trace: CompiledTrace<Recorded, Made>, batch: readonly tf.Tensor[], scalars: ScalarValues): TensorTree;
  /** Kernels that a run leaves to tfjs, each as often as it calls it. */
  eagerKernels(trace: CompiledTrace<Recorded, Made>): readonly string[];
  /** Gives variables back what the engine keeps for them. */
  release(): void;
  /** Frees what a trace holds. */
  free(trace: CompiledTrace<Recorded, Made>): void;
  /** Frees what a recording holds that was not compiled. */
  discard(recording: Recorded): void;
}
