import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';

/**
 * Makes the next read from `backend` throw after its device has refused a command or run out of memory, and every read after it
 * has gone away.
 *
 * By itself tfjs goes on with whatever the buffers hold, and training would continue on wrong numbers.
 */
export function throwDeviceErrors(backend: WebGPUBackend): void {
  let loss: string | undefined;
  let failure: string | undefined;
  const { device } = backend;
  device.addEventListener('uncapturederror', (event) => {
    const { error } = event as GPUUncapturedErrorEvent;
    failure ??=
      error.constructor.name === 'GPUOutOfMemoryError'
        ? `the graphics card is out of memory; try smaller batches. ${error.message}`
        : `the graphics card refused a command, and what came of it is wrong. ${error.message}`;
    // The browser would print it too.
    event.preventDefault();
  });
  void device.lost.then(({ message }) => {
    loss = `the graphics card went away. ${message}`;
  });
  const throwFailure = () => {
    const message = loss ?? failure;
    failure = undefined;
    if (message !== undefined) throw new Error(`webgpu: ${message}`);
  };

  const { read, readSync } = backend;
  backend.read = async (dataId) => {
    const values = await read.call(backend, dataId).catch((error: unknown) => {
      throwFailure();
      throw error;
    });
    throwFailure();
    return values;
  };
  backend.readSync = (dataId) => {
    throwFailure();
    const { values, dtype } = backend.tensorMap.get(dataId);
    if (typeof OffscreenCanvas === 'undefined' && values == null && dtype !== 'complex64') {
      throw new Error(
        'dataSync: the webgpu backend in Node reads asynchronously only. Use `await tensor.data()`, also before another backend takes over the tensor.',
      );
    }
    return readSync.call(backend, dataId);
  };
}
