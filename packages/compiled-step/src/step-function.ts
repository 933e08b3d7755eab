import type { Scalar, Tensor, TypedArray, Variable } from '@tensorflow/tfjs-core';
import type { TensorTree } from './tensor-tree.js';

/** Numbers that differ from call to call: learning rate, step count, seed. */
export type ScalarValues = Readonly<Record<string, number>>;

/** What a step function can ask for besides its batch. */
export interface StepContext {
  /**
   * Makes a tensor from values that are computed in JavaScript anew at every call, such as a random mask.
   *
   * @param shape the tensor's shape
   * @param compute the values, float32, row-major; must depend on the scalars alone
   */
  hostTensor(shape: readonly number[], compute: (scalars: ScalarValues) => Float32Array): Tensor;
  /**
   * Averages tensors over the processes of the program's `group`: their sum, each times its process's share. All processes get the same
   * bits. Without a group, and in a group of one, what was given is returned.
   *
   * @param tensors of float32, as many and of the same shapes in every process
   * @param share how much this process counts; the shares of all must add up to 1. Default 1 / size
   */
  averaged<T extends Tensor>(tensors: readonly T[], share?: Scalar): T[];
}

/**
 * A step: tensors in, tensors out, and variables assigned on the way.
 *
 * It runs a few times to be recorded and never again, so all that should differ from call to call must come in as
 * a tensor: `batch`, `scalars` or {@link StepContext.hostTensor}.
 */
export type StepFunction<Batch extends TensorTree, Outputs extends TensorTree> = (
  batch: Batch,
  scalars: Readonly<Record<string, Scalar>>,
  context: StepContext,
) => Outputs;

// biome-ignore lint/suspicious/noExplicitAny: a batch may be any tree of tensors.
export type AnyStep = StepFunction<any, TensorTree>;

/** Step functions by the names under which the program has them, and the variables they assign. */
export type StepFunctions = {
  readonly state?: readonly Variable[];
  readonly [name: string]: AnyStep | readonly Variable[] | undefined;
};

/** How a step function is called once it is compiled: one without a batch as `step()`. Its results are the caller's to dispose. */
export type CompiledStep<F> = F extends () => infer Outputs
  ? (batch?: TensorTree, scalars?: ScalarValues) => Outputs
  : F extends (batch: infer Batch, ...rest: never[]) => infer Outputs
    ? (batch: Batch, scalars?: ScalarValues) => Outputs
    : never;

/** Values of variables by name: arrays of the variable's size, or tensors of its shape. */
export type VariableValues = Readonly<Record<string, Tensor | TypedArray>>;

/** In what a program's convolutions and products of matrices are computed. */
export type Precision = 'float32' | 'bfloat16';

/** What every program has besides its steps. */
export interface ProgramMethods {
  /** Whether steps run as one program, a TensorFlow graph or calls within WebAssembly; false where they run as they are. */
  readonly isCompiled: boolean;
  /**
   * Kernels that compiled steps leave to tfjs, one call from JavaScript each, and how often one call of a step runs them: the most of any.
   * Empty where all is compiled, and before a step was called.
   */
  readonly eagerKernels: Readonly<Record<string, number>>;
  /** In what its convolutions and products of matrices are computed. */
  readonly precision: Precision;
  /** Copies the values of the program's variables, by name; the caller disposes them. */
  read(): Record<string, Tensor>;
  /** Sets variables by name. */
  write(values: VariableValues): void;
  /** Frees what the program holds. The variables stay, with their values. */
  dispose(): void;
}

export type Program<Steps extends StepFunctions> = ProgramMethods & {
  readonly [Name in Exclude<keyof Steps, 'state'>]: CompiledStep<Steps[Name]>;
};
