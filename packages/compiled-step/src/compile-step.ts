import * as tf from '@tensorflow/tfjs-core';
import { runEagerly } from './eager-program.js';
import { GraphProgram } from './graph-program.js';
import type { AnyStep, Program, ProgramMethods, ScalarValues, StepFunctions, VariableValues } from './step-function.js';
import type { TensorTree } from './tensor-tree.js';
import { isTensorFlowBackend } from './tensorflow-binding.js';

export interface CompileOptions {
  /** Whether TensorFlow compiles the graph with XLA. Default false: see the README for when it pays. */
  readonly xla?: boolean;
  /** Whether steps run as they are also on tfjs-node, to look into them. Default false. */
  readonly eager?: boolean;
  /** Largest number of input shapes that one step is compiled for. Default 8. */
  readonly maxTraces?: number;
}

/** Names that a program uses itself. */
const RESERVED = ['state', 'read', 'write', 'dispose', 'isCompiled'];

/**
 * Turns step functions over shared variables into one TensorFlow graph, which runs a step in a single call.
 *
 * On tfjs-node a step is recorded when it first sees a batch of some shape, and replayed from then on. On every other
 * backend it runs as it is. Either way its numbers are the same, and variables can be read and assigned as always.
 *
 * @param steps named step functions, and `state`: the variables they assign, found by recording if left out
 * @throws TypeError or RangeError for options; a call throws a {@link TraceError} for a step that cannot be a graph
 */
export async function compileStep<Steps extends StepFunctions>(
  steps: Steps,
  { xla = false, eager = false, maxTraces = 8 }: CompileOptions = {},
): Promise<Program<Steps>> {
  const { state, ...named } = steps as StepFunctions;
  const functions = named as Record<string, AnyStep>;
  assertSteps(functions);
  if (!Number.isInteger(maxTraces) || maxTraces < 1) {
    throw new RangeError(`compileStep: \`maxTraces\` must be a whole number of at least 1, got ${maxTraces}.`);
  }
  await tf.ready();
  const backend = tf.backend();
  const graph =
    !eager && isTensorFlowBackend(backend)
      ? new GraphProgram(backend, functions, state, { maxTraces, xla })
      : undefined;
  let isDisposed = false;
  const assertAlive = () => {
    if (isDisposed) throw new Error('compileStep: the program was disposed.');
  };
  const run = (name: string, batch: TensorTree, scalars: ScalarValues = {}): TensorTree => {
    assertAlive();
    for (const [key, value] of Object.entries(scalars)) {
      if (typeof value !== 'number') {
        throw new TypeError(`compileStep: the scalar \`${key}\` of \`${name}\` must be a number, got ${typeof value}.`);
      }
    }
    return graph ? graph.call(name, batch, scalars) : runEagerly(name, functions[name]!, batch, scalars);
  };
  const variables = () => graph?.variables ?? state ?? Object.values(tf.engine().registeredVariables);
  const methods: ProgramMethods = {
    isCompiled: graph !== undefined,
    read() {
      assertAlive();
      return Object.fromEntries(variables().map((variable) => [variable.name, tf.clone(variable)]));
    },
    write(values) {
      assertAlive();
      writeVariables(variables(), values);
    },
    dispose() {
      graph?.dispose();
      isDisposed = true;
    },
  };
  const callables = Object.keys(functions).map((name) => [
    name,
    (batch: TensorTree, scalars?: ScalarValues) => run(name, batch, scalars),
  ]);
  return Object.assign(methods, Object.fromEntries(callables)) as Program<Steps>;
}

function assertSteps(functions: Record<string, unknown>): void {
  const names = Object.keys(functions);
  if (names.length === 0) throw new TypeError('compileStep: at least one step function is needed, such as `train`.');
  for (const name of names) {
    if (RESERVED.includes(name)) {
      throw new TypeError(`compileStep: a step must not be named \`${name}\`: the program has a member of that name.`);
    }
    if (typeof functions[name] !== 'function') {
      throw new TypeError(
        `compileStep: \`${name}\` must be a function (batch, scalars) => tensors, got ${typeof functions[name]}.`,
      );
    }
  }
}

function writeVariables(variables: readonly tf.Variable[], values: VariableValues): void {
  const byName = new Map(variables.map((variable) => [variable.name, variable]));
  const tensors = tf.tidy(() =>
    Object.entries(values).map(([name, value]) => {
      const variable = byName.get(name);
      if (!variable) {
        const known = [...byName.keys()].slice(0, 10).join(', ');
        throw new RangeError(
          `compileStep: write() got a value for \`${name}\`, which is no variable of the program. It has: ${known}.`,
        );
      }
      const tensor = value instanceof tf.Tensor ? value : tf.tensor(value, undefined, variable.dtype);
      if (
        tensor.size !== variable.size ||
        (value instanceof tf.Tensor && String(value.shape) !== String(variable.shape))
      ) {
        throw new RangeError(
          `compileStep: write() must get ${variable.size} values of shape [${variable.shape}] for \`${name}\`, got shape [${tensor.shape}].`,
        );
      }
      return tf.keep(tf.reshape(tensor, variable.shape));
    }),
  );
  for (const [i, name] of Object.keys(values).entries()) byName.get(name)!.assign(tensors[i]!);
  tf.dispose(tensors);
}
