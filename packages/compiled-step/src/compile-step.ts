import { aBoolean, aFunction, checkOptions, type OptionRules, rule, show } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import type { ProcessGroup } from './process-group.js';
import { choosePrecision } from './run/choose-precision.js';
import { runEagerly } from './run/eager-program.js';
import { GraphEngine } from './run/graph-engine.js';
import { RecordedProgram } from './run/recorded-program.js';
import type {
  AnyStep,
  Precision,
  Program,
  ProgramMethods,
  ScalarValues,
  StepFunctions,
  VariableValues,
} from './step-function.js';
import type { TensorTree } from './tensor-tree.js';
import { restoreRemovedUtilities } from './tensorflow/restore-removed-utilities.js';
import { isTensorFlowBackend } from './tensorflow/tensorflow-binding.js';
import { findStepTape } from './wasm/step-tape.js';
import { TapeEngine } from './wasm/tape-engine.js';

/** Options of {@link compileStep}. */
export interface CompileOptions {
  /** Whether TensorFlow compiles the graph with XLA. Default false: see the README for when it pays. */
  readonly xla?: boolean;
  /**
   * In what convolutions, products of matrices and the activations between them are computed and kept: `'bfloat16'` takes half of the memory,
   * and less time on processors that have instructions for it. Variables, what optimizers keep, standardized kernels' statistics,
   * clipping, sums and losses stay float32. `'auto'` takes bfloat16 where the processor has those instructions. Default `'float32'`.
   *
   * bfloat16 needs the binding that `npx nfnets-native` builds, and is for graphs alone: all other steps compute in float32.
   */
  readonly precision?: Precision | 'auto';
  /** Whether steps run as they are also where they could be compiled, to look into them. Default false. */
  readonly eager?: boolean;
  /** Largest number of sets of shapes that one step is compiled for. Default 8. */
  readonly maxTraces?: number;
  /**
   * Objects whose settings the steps read as they run: layers, optimizers with their transforms. A step is recorded anew when one
   * of their numbers, texts, flags or references is another than when it was recorded. Optimizers that make an update within
   * a step are watched anyway. Default none.
   */
  readonly watch?: readonly object[];
  /**
   * Processes that make every step together, as `joinGroup()` of `@nfnets/data-parallel` gives them: `context.averaged` is then over all
   * of them. More than one need TensorFlow's graphs: useBackend('native'). Default this process alone.
   */
  readonly group?: ProcessGroup;
  /**
   * Lets steps run as they are where compiling them does not pay or there is no room: of shapes beyond `maxTraces`, or where what
   * is watched is set all the time. Called with the reason, once for each. Default none: the former is an error, and the latter
   * recorded anew every time.
   */
  readonly onEager?: (reason: string) => void;
}

const RULES: OptionRules<CompileOptions> = {
  precision: rule("'float32', 'bfloat16' or 'auto'", (value) =>
    ['float32', 'bfloat16', 'auto'].includes(value as string),
  ),
  xla: aBoolean,
  eager: aBoolean,
  maxTraces: rule('a whole number of at least 1', (value) => Number.isInteger(value) && (value as number) >= 1),
  watch: rule('an array of objects', (value) => Array.isArray(value) && value.every((each) => Object(each) === each)),
  onEager: aFunction,
  group: rule('a group of processes, as joinGroup() of @nfnets/data-parallel gives it', isGroup),
};

// Not in compileStep alone: a model is made before, and its steps may run as they are.
restoreRemovedUtilities();

/** Names that a program uses itself. */
const RESERVED = ['state', 'read', 'write', 'dispose', 'isCompiled', 'precision', 'eagerKernels'];

/**
 * Turns step functions over shared variables into one program: a TensorFlow graph on tfjs-node, a list of calls within WebAssembly on
 * the wasm backend with @nfnets/wasm-training.
 *
 * There a step is recorded when it first sees a batch of some shape, and replayed from then on. On every other backend it runs as it
 * is. Either way its numbers are the same, and variables can be read and assigned as always.
 *
 * @param steps Named step functions, and `state`: the variables they assign, found by recording if left out.
 * @throws TypeError or RangeError for options; a call throws a {@link TraceError} for a step that cannot be a graph.
 * @example
 * ```ts
 * import { compileStep } from '@nfnets/compiled-step';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const weight = tf.variable(tf.zeros([4, 1]));
 * const optimizer = tf.train.sgd(0.1);
 * const program = await compileStep({
 *   train: ({ x, y }: { x: tf.Tensor2D; y: tf.Tensor2D }) =>
 *     optimizer.minimize(() => tf.losses.meanSquaredError(y, tf.matMul(x, weight)), true, [weight])!,
 * });
 * const loss = program.train({ x: tf.randomNormal([32, 4]), y: tf.ones([32, 1]) });
 * ```
 */
export async function compileStep<Steps extends StepFunctions>(
  steps: Steps,
  options: CompileOptions = {},
): Promise<Program<Steps>> {
  const { state, ...named } = assertSteps(steps);
  const functions = named as Record<string, AnyStep>;
  checkOptions<CompileOptions>('compileStep', options, RULES);
  const { xla = false, eager = false, maxTraces = 8, watch = [], onEager, precision: wanted = 'float32' } = options;
  const group = options.group && options.group.size > 1 ? options.group : undefined;
  await readyBackend();
  const backend = tf.backend();
  const isGraph = !eager && isTensorFlowBackend(backend);
  if (group) assertGraph(group, isGraph, options);
  const precision = isGraph ? choosePrecision(wanted, backend, xla) : 'float32';
  const recorded = { maxTraces, watch, onEager };
  const openTape = eager || isGraph ? undefined : findStepTape();
  const compiled = isGraph
    ? new RecordedProgram(new GraphEngine(backend, { xla, precision, group }), functions, state, recorded)
    : openTape && new RecordedProgram(new TapeEngine(openTape), functions, state, recorded);
  let isDisposed = false;
  const assertAlive = () => {
    if (isDisposed) throw new Error('compileStep: the program was disposed.');
  };
  const run = (name: string, given: TensorTree | undefined, scalars: ScalarValues = {}): TensorTree => {
    assertAlive();
    // A step that declares no batch needs none.
    const batch = given === undefined && functions[name]!.length === 0 ? {} : (given as TensorTree);
    if (typeof scalars !== 'object' || scalars === null) {
      throw new TypeError(
        `compileStep: the scalars of \`${name}\` must be numbers by name, such as { rate: 0.1 }, got ${show(scalars)}.`,
      );
    }
    for (const [key, value] of Object.entries(scalars)) {
      if (typeof value !== 'number') {
        throw new TypeError(`compileStep: the scalar \`${key}\` of \`${name}\` must be a number, got ${typeof value}.`);
      }
    }
    return compiled ? compiled.call(name, batch, scalars) : runEagerly(name, functions[name]!, batch, scalars);
  };
  const variables = () => compiled?.variables ?? state ?? Object.values(tf.engine().registeredVariables);
  const methods: ProgramMethods = {
    isCompiled: compiled !== undefined,
    precision,
    get eagerKernels() {
      return compiled?.eagerKernels ?? {};
    },
    read() {
      assertAlive();
      return Object.fromEntries(variables().map((variable) => [variable.name, tf.clone(variable)]));
    },
    write(values) {
      assertAlive();
      writeVariables(variables(), values);
    },
    dispose() {
      compiled?.dispose();
      isDisposed = true;
    },
  };
  const callables = Object.keys(functions).map((name) => [
    name,
    (batch?: TensorTree, scalars?: ScalarValues) => run(name, batch, scalars),
  ]);
  return Object.assign(methods, Object.fromEntries(callables)) as Program<Steps>;
}

function isGroup(value: unknown): boolean {
  const { index, size, openSession } = (value ?? {}) as Partial<ProcessGroup>;
  return Number.isInteger(index) && Number.isInteger(size) && (size === 1 || typeof openSession === 'function');
}

/** Throws where the processes of a group have no graph to meet in. */
function assertGraph({ size }: ProcessGroup, isGraph: boolean, { eager, xla, onEager }: CompileOptions): void {
  const who = `compileStep: the \`group\` has ${size} processes, which meet within TensorFlow's graphs`;
  if (eager) throw new RangeError(`${who}, and \`eager\` is true. Leave \`eager\` out, or the group.`);
  if (xla) throw new RangeError(`${who}, of which XLA compiles none. Leave \`xla\` out, or the group.`);
  if (onEager) throw new RangeError(`${who}: a step cannot run as it is. Leave \`onEager\` out, or the group.`);
  if (isGraph) return;
  throw new RangeError(
    `${who}, and the backend '${tf.getBackend()}' has none. Take useBackend('native') of @nfnets/backends, or a group of one.`,
  );
}

async function readyBackend(): Promise<void> {
  try {
    await tf.ready();
  } catch (error) {
    throw new Error(
      "compileStep: TensorFlow.js has no backend. Import '@tensorflow/tfjs-node', or '@tensorflow/tfjs' to run steps as they are.",
      { cause: error },
    );
  }
}

function assertSteps(steps: unknown): StepFunctions {
  if (typeof steps !== 'object' || steps === null) {
    throw new TypeError(
      `compileStep: the steps must be functions by name, such as { train: (batch) => ... }, got ${show(steps)}.`,
    );
  }
  const { state, ...functions } = steps as Record<string, unknown>;
  if (state !== undefined && !(Array.isArray(state) && state.every((each) => each instanceof tf.Variable))) {
    throw new TypeError(`compileStep: \`state\` must be an array of variables, got ${show(state)}.`);
  }
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
  return steps as StepFunctions;
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
