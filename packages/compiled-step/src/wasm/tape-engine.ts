import * as tf from '@tensorflow/tfjs-core';
import { assignFreely, type Recording, type RecordTask, recordStep } from '../record/record-step.js';
import type { StepEngine } from '../run/step-engine.js';
import type { CompiledTrace } from '../run/trace-cache.js';
import type { ScalarValues } from '../step-function.js';
import { rebuildTree, type TensorTree } from '../tensor-tree.js';
import { compareTraces } from '../trace/compare-traces.js';
import type { StepTape, TapeErrors, TapeProgram } from './step-tape.js';
import { SymbolicTape } from './symbolic-tape.js';

interface TapeRecording extends Recording {
  readonly tape: SymbolicTape;
}

type Compiled = CompiledTrace<TapeRecording, TapeProgram>;

/** Steps as programs within WebAssembly. Variables stay tfjs's: a program reads and writes their memory. */
export class TapeEngine implements StepEngine<TapeRecording, TapeProgram> {
  private held: readonly tf.Variable[] = [];

  constructor(private readonly open: (errors: TapeErrors) => StepTape) {}

  get variables(): readonly tf.Variable[] {
    return this.held;
  }

  record(task: RecordTask): TapeRecording {
    const tape = new SymbolicTape(task.name, this.open);
    return { ...recordStep(task, tape), tape };
  }

  difference(first: TapeRecording, second: TapeRecording, scalars: ScalarValues): string | undefined {
    return compareTraces(first.trace, second.trace, scalars, () => {
      throw new Error('compileStep: a constant of a recorded step has no values.');
    });
  }

  compile({ tape, trace }: TapeRecording): TapeProgram {
    const program = tape.program(trace.outputs, trace.assignments, trace.inputs);
    this.held = [...new Set([...this.held, ...trace.variables])];
    tape.release();
    return program;
  }

  run({ recording, made }: Compiled, batch: readonly tf.Tensor[], scalars: ScalarValues): TensorTree {
    const { tape, trace } = recording;
    // A variable that is given is what it was before the step: its copies keep that.
    const given = batch.map((leaf) => (leaf instanceof tf.Variable ? tf.clone(leaf) : leaf));
    try {
      for (const variable of trace.assignments.keys()) detach(variable);
      const results = tape.run(made, (variable) => variable, trace.inputs, given, scalars);
      return rebuildTree(trace.result as TensorTree, results);
    } finally {
      for (const [i, leaf] of given.entries()) if (leaf !== batch[i]) leaf.dispose();
    }
  }

  eagerKernels({ made }: Compiled): readonly string[] {
    return made.tfjsKernels;
  }

  release(): void {
    this.held = [];
  }

  free({ made }: Compiled): void {
    made.dispose();
  }

  discard(): void {}
}

/** Leaves the present value of `variable` to whoever else sees its data: clones, and variables made of it. */
function detach(variable: tf.Variable): void {
  const backend = tf.backend();
  if (backend.refCount(variable.dataId) <= 1) return;
  assignFreely(variable, tf.tensor(variable.dataSync(), variable.shape, variable.dtype));
}
