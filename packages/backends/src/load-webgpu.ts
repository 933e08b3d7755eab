import * as tf from '@tensorflow/tfjs';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { type FoundGpu, findGpu } from './find-gpu.js';
import { throwDeviceErrors } from './throw-device-errors.js';
import { mendWebgpuKernels } from './webgpu-kernels.js';

/** Registers tfjs's webgpu backend and resolves to the name of its adapter; throws where there is none. */
export type LoadWebgpu = (options: { readonly wanted: boolean }) => Promise<string>;

/** Limits that tfjs's kernels are glad of; a device has the smallest allowed ones unless asked for more. */
const LIMITS = [
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxComputeWorkgroupSizeX',
  'maxComputeInvocationsPerWorkgroup',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxBufferSize',
] as const;

/**
 * Registers a webgpu backend on the machine's fastest graphics adapter, one that only pretends to be one if it is `wanted` by name.
 *
 * Not the backend that tfjs registers by itself: that needs `navigator.gpu` before its package is loaded, keeps the smallest limits
 * and loses the device's errors.
 */
export const loadWebgpu: LoadWebgpu = async ({ wanted }) => {
  const { registry, registryFactory } = tf.engine();
  const running = registry['webgpu'] as WebGPUBackend | undefined;
  const gpu = await findGpu({ wanted });
  if (gpu.isSoftware && !wanted) throw new Error(`${gpu.name} computes on the CPU, slower than WebAssembly.`);
  if (running !== undefined && !(await isLost(running.device))) return describe(gpu);

  const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu');
  const { adapter, publish } = gpu;
  publish();
  const device = await adapter.requestDevice({
    requiredFeatures: adapter.features.has('timestamp-query') ? ['timestamp-query'] : [],
    requiredLimits: Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]])),
  });
  const backend = new WebGPUBackend(device, adapter.info);
  throwDeviceErrors(backend);
  mendWebgpuKernels();
  if (registryFactory['webgpu'] !== undefined) tf.removeBackend('webgpu');
  tf.registerBackend('webgpu', () => backend, 3);
  return describe(gpu);
};

async function isLost(device: GPUDevice): Promise<boolean> {
  // Of two promises that are settled, the first wins.
  return (await Promise.race([device.lost, undefined])) !== undefined;
}

function describe({ name, isSoftware }: FoundGpu): string {
  return isSoftware ? `${name}, which computes on the CPU` : name;
}
