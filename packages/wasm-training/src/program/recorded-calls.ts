import type { KernelConfig, NamedTensorInfoMap, NumericDataType, TensorInfo } from '@tensorflow/tfjs-core';

/** A place in one of the buffers of a recorded step. */
export interface Address {
  readonly buffer: number;
  /** Bytes from the buffer's beginning. */
  readonly offset: number;
}

/** An argument of a compiled function: a number, or a place in memory that is known when the step is planned. */
export type Operand = number | Address;

/** Memory that a recorded step works on. */
export interface Buffer {
  readonly bytes: number;
  /** `made` by the step, given anew at each run (`input`), or the same at each (`constant`). */
  readonly kind: 'made' | 'input' | 'constant';
}

/** A call of a compiled function. */
export interface FunctionCall {
  readonly kernel: string;
  readonly args: readonly Operand[];
  readonly units: number;
  /** About how long all of it takes on one thread. */
  readonly nanoseconds: number;
  /** Scratch memory: where it begins, and the bytes of it that each thread has. */
  readonly scratch: Operand;
  readonly scratchBytes: number;
  /** Buffers that it may write, which it may read too, and those that it reads only. */
  readonly writes: readonly number[];
  readonly reads: readonly number[];
}

/** A call of a kernel of tfjs's own, which is no function of ours. */
export interface TfjsCall {
  readonly tfjs: string;
  readonly kernelFunc: KernelConfig['kernelFunc'];
  readonly attrs: Parameters<KernelConfig['kernelFunc']>[0]['attrs'];
  /** The tensors by the kernel's names for them; some kernels know none. */
  readonly inputs: readonly (readonly [name: string, tensor: PlacedTensor | undefined])[];
  /** Whether the kernel takes a list instead of names. */
  readonly isList: boolean;
  readonly outputs: readonly PlacedTensor[];
  readonly writes: readonly number[];
  readonly reads: readonly number[];
}

/** A tensor in a buffer. */
export interface PlacedTensor {
  readonly buffer: number;
  readonly shape: readonly number[];
  readonly dtype: NumericDataType;
}

export type RecordedCall = FunctionCall | TfjsCall;

export function isTfjsCall(call: RecordedCall): call is TfjsCall {
  return 'tfjs' in call;
}

export function isAddress(operand: Operand): operand is Address {
  return typeof operand === 'object';
}

/** What a kernel of tfjs's interface was asked for, for people and for comparing recordings. */
export interface RecordedOp {
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly inputs: readonly ValueSource[];
  readonly outputs: readonly Pick<TensorInfo, 'shape' | 'dtype'>[];
}

/** Where a value of a recorded step comes from. */
export type ValueSource =
  | { readonly kind: 'op'; readonly op: number; readonly output: number }
  | { readonly kind: 'input'; readonly index: number }
  | { readonly kind: 'constant'; readonly tensor: TensorInfo; readonly values: () => ArrayLike<number> };

/** Tensors as a kernel of tfjs's takes them: by name, or as a list. */
export function byName(
  tensors: readonly (readonly [name: string, tensor: TensorInfo | undefined])[],
  isList: boolean,
): NamedTensorInfoMap {
  return (isList ? tensors.map(([, tensor]) => tensor) : Object.fromEntries(tensors)) as NamedTensorInfoMap;
}
