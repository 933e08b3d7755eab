import * as tf from '@tensorflow/tfjs-core';
import { layerOf } from './non-finite-weights.js';

/** A slot or counter of an optimizer under its name, as tf's optimizers list them. */
type NamedTensor = Awaited<ReturnType<tf.Optimizer['getWeights']>>[number];

/** Where `weights` begin among the names of an optimizer's tensors, and where its own `variables` do. */
const [WEIGHT, OWN] = ['weight/', 'own/'];

/** Class names of an optimizer and of those that it wraps: `TransformedOptimizer(MomentumSGD)`. */
export function optimizerName(optimizer: tf.Optimizer): string {
  const wrapped = wrappedBy(optimizer);
  return `${optimizer.getClassName()}${wrapped ? `(${optimizerName(wrapped)})` : ''}`;
}

/**
 * Runs `use` with all that an optimizer remembers: what it saves itself, in its order, and variables that it keeps beside
 * (tf's Adam rounds its powers of beta otherwise when it restores them).
 *
 * @throws Error for an optimizer that cannot say its state: of tf's own, Adamax.
 */
export async function withOptimizerState<T>(
  optimizer: tf.Optimizer,
  use: (tensors: ReadonlyMap<string, tf.Tensor>) => Promise<T>,
): Promise<T> {
  const weights = await optimizer.getWeights().catch((error: Error) => {
    throw new Error(
      `checkpoint: ${optimizerName(optimizer)} does not tell its state (${error.message}), so that it cannot be resumed. Take another optimizer, or no checkpoints.`,
    );
  });
  const own = [...ownVariables(optimizer)].map(([name, variable]) => [`${OWN}${name}`, variable] as const);
  try {
    return await use(
      new Map<string, tf.Tensor>([
        ...weights.map(({ name, tensor }, i) => [`${WEIGHT}${String(i).padStart(5, '0')}/${name}`, tensor] as const),
        ...own,
      ]),
    );
  } finally {
    // The step count is a tensor made for this call, which tf's own optimizers leave to the caller.
    const [count] = weights;
    if (count && !(count.tensor instanceof tf.Variable)) count.tensor.dispose();
  }
}

/** Gives an optimizer the state of another of its kind; `tensors` as {@link withOptimizerState} names them. */
export async function setOptimizerState(
  optimizer: tf.Optimizer,
  tensors: ReadonlyMap<string, tf.Tensor>,
): Promise<void> {
  const weights: NamedTensor[] = [...tensors]
    .filter(([name]) => name.startsWith(WEIGHT))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, tensor]) => ({ name: name.slice(name.indexOf('/', WEIGHT.length) + 1), tensor }));
  await optimizer.setWeights(weights);
  for (const [name, variable] of ownVariables(optimizer)) {
    const saved = tensors.get(`${OWN}${name}`);
    if (saved) variable.assign(saved);
  }
}

/** Name of the layer whose weight a slot is kept for; undefined for what is kept once for all. `name` as of {@link withOptimizerState}. */
export function layerOfSlot(name: string): string | undefined {
  const weight = /^weight\/\d+\/(.+)\/[^/]+$/.exec(name)?.[1];
  return weight?.includes('/') ? layerOf(weight) : undefined;
}

/**
 * Sets the number of updates that an optimizer has made. A compiled step does not pass by the optimizer's own code, which
 * would count it.
 */
export function setIterations(optimizer: tf.Optimizer, iterations: number): void {
  const wrapped = wrappedBy(optimizer);
  if (wrapped) setIterations(wrapped, iterations);
  else (optimizer as unknown as { iterations_: number }).iterations_ = iterations;
}

function* ownVariables(optimizer: tf.Optimizer, prefix = ''): Generator<[string, tf.Variable]> {
  for (const [key, value] of Object.entries(optimizer)) {
    if (typeof value === 'object' && value instanceof tf.Variable) yield [`${prefix}${key}`, value];
  }
  const wrapped = wrappedBy(optimizer);
  if (wrapped) yield* ownVariables(wrapped, `${prefix}optimizer.`);
}

function wrappedBy(optimizer: tf.Optimizer): tf.Optimizer | undefined {
  const { optimizer: wrapped } = optimizer as { optimizer?: unknown };
  // tf calls anything with an optimizer's methods an instance of it, and stumbles over undefined.
  return typeof wrapped === 'object' && wrapped instanceof tf.Optimizer ? wrapped : undefined;
}
