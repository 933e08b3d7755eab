import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type TensorInfo, util } from '@tensorflow/tfjs-core';

/** Data whose memory was written since the backend last looked at it. */
const written = new WeakSet<object>();

interface Registry {
  readonly wasm: {
    readonly tfjs: {
      registerTensor(id: number, size: number, memoryOffset: number): void;
      disposeData(id: number): void;
    };
  };
  readonly dataIdMap: { get(dataId: object): { id: number; memoryOffset: number } };
}

/** Says that the numbers of a tensor are others than before, which tfjs believes cannot be. */
export function noteWritten(dataId: object): void {
  written.add(dataId);
}

/** Makes tfjs's kernels forget what they have kept of tensors that were written since: XNNPACK's keep packed weights by the tensor's number. */
export function forgetPacked(backend: BackendWasm, inputs: Iterable<TensorInfo | null | undefined>): void {
  for (const input of inputs) {
    if (!input || !written.delete(input.dataId)) continue;
    const { wasm, dataIdMap } = backend as unknown as Registry;
    const { id, memoryOffset } = dataIdMap.get(input.dataId);
    wasm.tfjs.disposeData(id);
    wasm.tfjs.registerTensor(id, util.sizeFromShape(input.shape), memoryOffset);
  }
}
