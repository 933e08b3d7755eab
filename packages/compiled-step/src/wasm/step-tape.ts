import * as tf from '@tensorflow/tfjs-core';

// What @nfnets/wasm-training offers on the wasm backend, as far as it is used here: a package that one may have or not.

/** A step that is written down, kernel by kernel. */
export interface StepTape {
  readonly ops: readonly TapeOp[];
  /** Kernels are written down from here on. */
  start(): void;
  /** Kernels run as ever from here on. */
  stop(): void;
  /** Makes a tensor that stands for the next input, of which each run gets another value. */
  input(shape: readonly number[], dtype: tf.DataType): tf.TensorInfo;
  sourceOf(tensor: tf.TensorInfo): TapeSource;
  program(task: {
    readonly outputs: readonly tf.TensorInfo[];
    readonly assignments: readonly { readonly input: number; readonly value: tf.TensorInfo }[];
    readonly values: readonly number[];
  }): TapeProgram;
}

/** A kernel as it was called. */
interface TapeOp {
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly inputs: readonly TapeSource[];
  readonly outputs: readonly { readonly shape: readonly number[]; readonly dtype: tf.DataType }[];
}

export type TapeSource =
  | { readonly kind: 'op'; readonly op: number; readonly output: number }
  | { readonly kind: 'input'; readonly index: number }
  | { readonly kind: 'constant'; readonly tensor: tf.TensorInfo; readonly values: () => ArrayLike<number> };

/** What runs a written step within WebAssembly. */
export interface TapeProgram {
  /** Kernels that are left to tfjs, as often as a run calls each. */
  readonly tfjsKernels: readonly string[];
  run(inputs: readonly (tf.TensorInfo | Float32Array)[]): tf.TensorInfo[];
  dispose(): void;
}

export interface TapeErrors {
  read(what: string): Error;
  valueShaped(name: string): Error;
  unknownType(dtype: tf.DataType): Error;
  leftOver(): Error;
}

/** Begins to write down a step on the present backend; undefined where that cannot be done. */
export function findStepTape(): ((errors: TapeErrors) => StepTape) | undefined {
  const recording = tf.getKernel('NFNetsRecordStep', tf.getBackend());
  if (!recording) return undefined;
  return (errors) =>
    recording.kernelFunc({
      inputs: {},
      attrs: errors as unknown as tf.NamedAttrMap,
      backend: tf.backend(),
    }) as unknown as StepTape;
}
