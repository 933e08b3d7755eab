import * as tf from '@tensorflow/tfjs';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';

interface AddCall {
  readonly inputs: readonly tf.TensorInfo[];
  readonly backend: WebGPUBackend;
}

let isMended = false;

/**
 * Replaces the one kernel of tfjs's webgpu backend that fails on what training gives it: `addN` binds all its tensors at once,
 * and a device refuses more than a dozen or so. It adds no more at a time than a shader may bind beside its output.
 */
export function mendWebgpuKernels(): void {
  if (isMended) return;
  isMended = true;
  const shipped = tf.getKernel('AddN', 'webgpu');
  const add = shipped.kernelFunc as unknown as (call: AddCall) => tf.TensorInfo;
  const addByParts = ({ inputs, backend }: AddCall) => {
    const most = backend.device.limits.maxStorageBuffersPerShaderStage - 1;
    let sum = add({ inputs: inputs.slice(0, most), backend });
    for (let start = most; start < inputs.length; start += most - 1) {
      const before = sum;
      sum = add({ inputs: [before, ...inputs.slice(start, start + most - 1)], backend });
      backend.disposeData(before.dataId);
    }
    return sum;
  };
  // tfjs warns about a second registration.
  tf.unregisterKernel('AddN', 'webgpu');
  tf.registerKernel({ ...shipped, kernelFunc: addByParts as unknown as tf.KernelFunc });
}
