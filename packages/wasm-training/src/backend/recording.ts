import type { DataType, KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';

/** A call of a compiled function as `runKernel` was asked for it; addresses may be virtual ones. */
export interface RecordedWork {
  readonly kernel: string;
  readonly args: readonly number[];
  readonly units: number;
  readonly nanoseconds: number;
  /** Address of scratch memory, and the bytes of it that each thread has. */
  readonly scratch: number;
  readonly scratchBytes: number;
}

/** Takes over what kernels ask of the backend's memory and of the compiled functions. */
export interface Recorder {
  makeOutput(shape: readonly number[], dtype: DataType): TensorInfo;
  addressOf(tensor: TensorInfo): number;
  /** Address of a table of whole numbers. */
  addressOfNumbers(numbers: readonly number[]): number;
  call(work: RecordedWork): void;
  /** Answers a kernel of tfjs's own. */
  callTfjs(kernelName: string, kernelFunc: KernelConfig['kernelFunc'], call: KernelArguments): Outputs;
}

export type KernelArguments = Parameters<KernelConfig['kernelFunc']>[0];
export type Outputs = TensorInfo | TensorInfo[];

/** What is being recorded: gets every kernel call of the backend. */
export interface Recording {
  kernel(kernelName: string, call: KernelArguments, run: (call: KernelArguments) => Outputs): Outputs;
}

let recording: Recording | undefined;
let recorder: Recorder | undefined;

/** What gets the kernel calls at present, if a step is being recorded. */
export function currentRecording(): Recording | undefined {
  return recording;
}

/** What stands in for memory and functions at present: within a kernel that works on tensors without values. */
export function currentRecorder(): Recorder | undefined {
  return recorder;
}

/** Gives `next` every kernel call from now on; nobody where it is `undefined`. */
export function setRecording(next: Recording | undefined): void {
  recording = next;
}

/** Runs `action` with another recorder, or without one. */
export function withRecorder<T>(next: Recorder | undefined, action: () => T): T {
  const before = recorder;
  recorder = next;
  try {
    return action();
  } finally {
    recorder = before;
  }
}
