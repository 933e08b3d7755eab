import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { registerKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import type { ProgramTask } from './plan-program.js';
import { StepProgram } from './step-program.js';
import { Tape, type TapeErrors } from './tape.js';

/**
 * Registers `NFNetsRecordStep`: no op of tensors, but where `compileStep` of @nfnets/compiled-step looks whether steps can be recorded
 * on the wasm backend. Its answer is a tape, on which kernels are written down from then on.
 */
export function registerRecordStep(): void {
  registerKernel({
    kernelName: 'NFNetsRecordStep',
    backendName: 'wasm',
    kernelFunc: ({ attrs, backend }) =>
      new StepTape(backend as BackendWasm, attrs as unknown as TapeErrors) as unknown as TensorInfo,
  });
}

/** A step that is being recorded, and what can be made of it. */
class StepTape extends Tape {
  program(task: ProgramTask): StepProgram {
    return new StepProgram(this.backend, this, task);
  }
}
