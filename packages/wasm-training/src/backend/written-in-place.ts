import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { registerAnew } from './tfjs-registry.js';

/** Data whose memory was written since the backend last looked at it. */
const written = new WeakSet<object>();

/** Says that the numbers of a tensor are others than before, which tfjs believes cannot be. */
export function noteWritten(dataId: object): void {
  written.add(dataId);
}

/** Makes tfjs's kernels forget what they have kept of tensors that were written since: XNNPACK's keep packed weights by the tensor's number. */
export function forgetPacked(backend: BackendWasm, inputs: Iterable<TensorInfo | null | undefined>): void {
  for (const input of inputs) {
    if (input && written.delete(input.dataId)) registerAnew(backend, input);
  }
}
