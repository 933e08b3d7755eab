import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type TensorInfo, util } from '@tensorflow/tfjs-core';

/** Where tfjs keeps its tensors: in JavaScript by their data, in its module by a number. */
interface Registry {
  readonly wasm: {
    readonly tfjs: {
      registerTensor(id: number, size: number, memoryOffset: number): void;
      disposeData(id: number): void;
    };
  };
  readonly dataIdMap: {
    get(dataId: object): { readonly id: number; readonly memoryOffset: number };
    delete(dataId: object): boolean;
  };
}

/** Has tfjs's module take `tensor` for a new one, of which it has kept nothing. */
export function registerAnew(backend: BackendWasm, { dataId, shape }: TensorInfo): void {
  const { wasm, dataIdMap } = backend as unknown as Registry;
  const { id, memoryOffset } = dataIdMap.get(dataId);
  wasm.tfjs.disposeData(id);
  wasm.tfjs.registerTensor(id, util.sizeFromShape(shape), memoryOffset);
}

/** Lets the backend forget a tensor in memory that is somebody else's, which is not freed. */
export function forgetView(backend: BackendWasm, { dataId }: TensorInfo): void {
  const { wasm, dataIdMap } = backend as unknown as Registry;
  wasm.tfjs.disposeData(dataIdMap.get(dataId).id);
  dataIdMap.delete(dataId);
}
