import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import {
  getKernel,
  getKernelsForBackend,
  type KernelConfig,
  type NamedAttrMap,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { currentRecorder, currentRecording, type KernelArguments, type Outputs } from './recording.js';
import { forgetPacked } from './written-in-place.js';

/** What a kernel of ours gets: its inputs by name, its attributes, the backend. */
export interface KernelCall {
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly backend: BackendWasm;
}

/** Answers a kernel call, or `undefined` to leave it to the kernel that was registered before. */
export type KernelAnswer = (call: KernelCall) => TensorInfo | undefined;

/** Kernels that were registered here, as opposed to tfjs's. */
const ours = new WeakSet<KernelConfig['kernelFunc']>();

/** Registers `answer` as the `kernelName` of the wasm backend, in front of the one that is there, if any. */
export function replaceKernel(kernelName: string, answer: KernelAnswer): void {
  const before = getKernel(kernelName, 'wasm') as KernelConfig | undefined;
  // tfjs warns about a second registration.
  if (before !== undefined) unregisterKernel(kernelName, 'wasm');
  const run = (call: KernelArguments): Outputs => {
    // tfjs leaves the attributes out where an op has none.
    const output = answer({ ...call, attrs: call.attrs ?? {} } as unknown as KernelCall);
    if (output !== undefined) return output;
    if (before === undefined)
      throw new Error(`${kernelName}: the \`wasm\` backend cannot do this. Use the \`cpu\` backend.`);
    const recorder = currentRecorder();
    if (!ours.has(before.kernelFunc)) {
      if (recorder) return recorder.callTfjs(kernelName, before.kernelFunc, call);
      forgetPacked(call.backend as BackendWasm, Object.values(call.inputs) as TensorInfo[]);
    }
    return before.kernelFunc(call);
  };
  const kernelFunc: KernelConfig['kernelFunc'] = (call) =>
    currentRecording()?.kernel(kernelName, call, run) ?? run(call);
  ours.add(kernelFunc);
  registerKernel({ ...before, kernelName, backendName: 'wasm', kernelFunc });
}

/** Lets steps be recorded that call what is left of tfjs's own kernels. */
export function coverOtherKernels(): void {
  for (const { kernelName, kernelFunc } of getKernelsForBackend('wasm')) {
    if (!ours.has(kernelFunc)) replaceKernel(kernelName, () => undefined);
  }
}

/** Runs the wasm backend's kernel `kernelName` from inside another kernel. */
export function callKernel(
  kernelName: string,
  backend: BackendWasm,
  inputs: Record<string, TensorInfo>,
  attrs: Record<string, unknown> = {},
): TensorInfo {
  const { kernelFunc } = getKernel(kernelName, 'wasm');
  return kernelFunc({ inputs, attrs: attrs as unknown as NamedAttrMap, backend }) as TensorInfo;
}
