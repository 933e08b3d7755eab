import type { DataId, DataType, KernelBackend, Tensor, TypedArray } from '@tensorflow/tfjs-core';

/** Number of TensorFlow's `DataType`; the binding's constants (`TF_FLOAT`) are these. */
export const TF_DTYPE = { float32: 1, int32: 3, string: 7, complex64: 8, int64: 9, bool: 10, bfloat16: 14 } as const;

/** The number of a type of tfjs's. */
export function dtypeNumber(dtype: DataType): number {
  return TF_DTYPE[dtype as keyof typeof TF_DTYPE];
}

/** An op's attribute as tfjs-node's kernels pass it: `type` is one of the binding's `TF_ATTR_*`. */
export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** What tfjs-node makes a tensor from: an array of bytes per element for strings. */
export type TensorValues = TypedArray | Uint8Array[];

/** A tensor of the binding. */
export interface TensorMetadata {
  readonly id: number;
  readonly shape: number[];
  /** {@link TF_DTYPE}. */
  readonly dtype: number;
}

/** The part of tfjs-node's native binding that a compiled step uses. */
export interface TensorFlowBinding {
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
  executeOp(name: string, attributes: readonly OpAttribute[], inputs: number[], outputs: number): TensorMetadata[];
  createTensor(shape: number[], dtype: number, values: TensorValues): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): TensorValues;
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(id: number): void;
  runSavedModel(id: number, inputs: number[], inputNames: string, outputNames: string): TensorMetadata[];
}

/** tfjs-node's backend, as far as a compiled step looks into it. */
export interface TensorFlowBackend extends KernelBackend {
  binding: TensorFlowBinding;
  readonly tensorMap: { get(dataId: DataId): { id: number; values: unknown } };
  getDTypeInteger(dtype: DataType): number;
  getInputTensorIds(tensors: readonly Tensor[]): number[];
  createOutputTensor(metadata: TensorMetadata): Tensor;
}

/** Whether `backend` is tfjs-node's, CPU or GPU. */
export function isTensorFlowBackend(backend: KernelBackend): backend is TensorFlowBackend {
  const { binding, tensorMap } = backend as Partial<TensorFlowBackend>;
  return typeof binding?.runSavedModel === 'function' && tensorMap !== undefined;
}
