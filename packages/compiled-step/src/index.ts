/**
 * Steps recorded, and run as one call.
 *
 * @module index
 */

export { type CompileOptions, compileStep } from './compile-step.js';
export type { GroupCall, GroupSession, GroupTensor, ProcessGroup } from './process-group.js';
export type {
  CompiledStep,
  Precision,
  Program,
  ProgramMethods,
  ScalarValues,
  StepContext,
  StepFunction,
  StepFunctions,
  VariableValues,
} from './step-function.js';
export type { TensorTree } from './tensor-tree.js';
export { TraceError } from './trace/trace-error.js';
