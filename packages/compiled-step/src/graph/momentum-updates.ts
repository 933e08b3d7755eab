import type { Variable } from '@tensorflow/tfjs-core';
import { isSameSource, shapeOf } from '../trace/source.js';
import type { RecordedOp, Source, Trace } from '../trace/trace.js';

/** A step of gradient descent with momentum: `velocity = momentum * velocity + gradient`, and the variable moves by it. */
export interface MomentumUpdate {
  readonly variable: Variable;
  readonly velocity: Variable;
  readonly gradient: Source;
  readonly momentum: Source;
  /** What the move is multiplied by, and whether that is added: negative then. */
  readonly rate: Source;
  readonly isAdded: boolean;
  readonly nesterov: boolean;
  /** The variable's new value. */
  readonly result: Source & { readonly kind: 'op' };
}

/**
 * Finds the updates that `sgd` of @nfnets/optimizers and `tf.train.momentum` make, of 32-bit floats: TensorFlow has an op that does each
 * in place, in one pass over the weights instead of six.
 */
export function momentumUpdates(trace: Trace): MomentumUpdate[] {
  const velocities: Velocities = (source) => {
    for (const [variable, assigned] of trace.assignments) if (isSame(assigned, source)) return variable;
    return undefined;
  };
  return [...trace.assignments].flatMap(([variable, result]) => {
    const update = matchUpdate(trace, velocities, variable, result);
    return update ? [update] : [];
  });
}

/** The variable that becomes `source`. */
type Velocities = (source: Source) => Variable | undefined;

function matchUpdate(
  trace: Trace,
  velocities: Velocities,
  variable: Variable,
  result: Source,
): MomentumUpdate | undefined {
  if (result.kind !== 'op' || variable.dtype !== 'float32') return undefined;
  const isThis = (source: Source) => source.kind === 'variable' && source.variable === variable;
  const step = opOf(trace, result);
  if (step?.name !== 'Sub' && step?.name !== 'Add') return undefined;
  const isAdded = step.name === 'Add';
  const move = splitOff(step, isThis, isAdded);
  const product = move && opOf(trace, move, 'Mul');
  if (!product) return undefined;
  for (const [rate, direction] of pairsOf(product)) {
    if (!isScalar(trace, rate)) continue;
    const nesterov = velocities(direction) === undefined;
    const found = nesterov ? matchLookAhead(trace, velocities, direction) : { velocity: direction };
    const velocity = found && velocities(found.velocity);
    const parts = velocity && matchVelocity(trace, velocity, found.velocity);
    if (!parts || String(velocity.shape) !== String(variable.shape)) continue;
    if ('gradient' in found && !isSame(found.gradient, parts.gradient)) continue;
    if ('momentum' in found && !isSame(found.momentum, parts.momentum)) continue;
    return { variable, velocity, ...parts, rate, isAdded, nesterov, result };
  }
  return undefined;
}

/** `gradient + momentum * velocity`, of a velocity that is kept. */
function matchLookAhead(trace: Trace, velocities: Velocities, direction: Source) {
  const sum = opOf(trace, direction, 'Add');
  if (!sum) return undefined;
  for (const [gradient, product] of pairsOf(sum)) {
    const decayed = opOf(trace, product, 'Mul');
    for (const [velocity, momentum] of decayed ? pairsOf(decayed) : []) {
      if (velocities(velocity) && isScalar(trace, momentum)) return { gradient, velocity, momentum };
    }
  }
  return undefined;
}

/** `momentum * velocity + gradient`, where `source` is what the variable `velocity` becomes. */
function matchVelocity(trace: Trace, velocity: Variable, source: Source) {
  const sum = opOf(trace, source, 'Add');
  for (const [product, gradient] of sum ? pairsOf(sum) : []) {
    const decayed = opOf(trace, product, 'Mul');
    const momentum =
      decayed && splitOff(decayed, (each) => each.kind === 'variable' && each.variable === velocity, true);
    if (momentum && isScalar(trace, momentum) && String(shapeOf(gradient, trace)) === String(velocity.shape)) {
      return { gradient, momentum };
    }
  }
  return undefined;
}

/** The other input of an op of two, one of which `isOne`: the first, or either where their order is free. */
function splitOff(op: RecordedOp, isOne: (source: Source) => boolean, isOrderFree: boolean): Source | undefined {
  const [first, second] = op.inputs as readonly [Source, Source];
  if (isOne(first)) return second;
  return isOrderFree && isOne(second) ? first : undefined;
}

function pairsOf({ inputs }: RecordedOp): readonly (readonly [Source, Source])[] {
  const [first, second] = inputs as readonly [Source, Source];
  return [
    [first, second],
    [second, first],
  ];
}

function opOf(trace: Trace, source: Source, name?: string): RecordedOp | undefined {
  if (source.kind !== 'op') return undefined;
  const op = trace.ops[source.op]!;
  return name === undefined || op.name === name ? op : undefined;
}

const isSame = (a: Source, b: Source) => isSameSource(a, b, (one, other) => one === other);

const isScalar = (trace: Trace, source: Source) => shapeOf(source, trace).length === 0;
