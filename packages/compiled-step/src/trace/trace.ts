import type { Variable } from '@tensorflow/tfjs-core';
import type { ScalarValues } from '../step-function.js';
import type { OpAttribute, TensorValues } from '../tensorflow/tensorflow-binding.js';

/** Where a value in a trace comes from. */
export type Source =
  /** The trace's `inputs[index]`. */
  | { readonly kind: 'input'; readonly index: number }
  /** A variable's value when the step began. */
  | { readonly kind: 'variable'; readonly variable: Variable }
  /** Output number `output` of `ops[op]`. */
  | { readonly kind: 'op'; readonly op: number; readonly output: number }
  /** Values that JavaScript made while the step ran, or a tensor that was there before it. */
  | { readonly kind: 'constant'; readonly constant: Constant };

export interface Constant {
  readonly shape: readonly number[];
  readonly dtype: number;
  /** The values, or undefined for those that stay in TensorFlow under `id`. */
  readonly values?: TensorValues;
  /** Whether every element is the same: `values` then has that one alone. */
  readonly isUniform?: boolean;
  /** A tensor that was made before the step; the trace holds its own reference. */
  readonly id?: number;
}

/** An input that is given anew at every call. */
export interface TraceInput {
  readonly shape: readonly number[];
  readonly dtype: number;
  readonly from:
    | { readonly kind: 'batch'; readonly path: string }
    | { readonly kind: 'scalar'; readonly name: string }
    | { readonly kind: 'host'; readonly compute: (scalars: ScalarValues) => Float32Array };
}

/** TensorFlow's op that sums over the processes of a group. */
export const ALL_REDUCE = 'CollectiveReduce';

/** One op of TensorFlow, as tfjs-node's kernels asked for it. */
export interface RecordedOp {
  readonly name: string;
  readonly attributes: readonly OpAttribute[];
  readonly inputs: readonly Source[];
  readonly outputs: readonly { readonly shape: readonly number[]; readonly dtype: number }[];
}

/** What a step did, for one set of input shapes. */
export interface Trace {
  readonly step: string;
  readonly inputs: readonly TraceInput[];
  readonly ops: readonly RecordedOp[];
  readonly outputs: readonly Source[];
  /** The variables that the step read or assigned. */
  readonly variables: readonly Variable[];
  /** What variables hold afterwards, where that differs from before. */
  readonly assignments: ReadonlyMap<Variable, Source>;
  /** The structure that the step returned. */
  readonly result: unknown;
}
