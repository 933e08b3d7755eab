import type { ScalarValues } from '../step-function.js';
import type { TensorValues } from '../tensorflow/tensorflow-binding.js';
import { constantValues, sameConstant } from './constant.js';
import { isSameSource } from './source.js';
import type { Constant, RecordedOp, Source, Trace } from './trace.js';

/**
 * Says where two traces of one step differ, and what to change; undefined if they are the same.
 *
 * A difference means that JavaScript does something else at every call: a random mask, a counter. The graph would
 * repeat what it did at one of them.
 */
export function compareTraces(
  a: Trace,
  b: Trace,
  scalars: ScalarValues,
  valuesOf: (id: number) => TensorValues,
): string | undefined {
  const who = `compileStep: \`${a.step}\``;
  for (let i = 0; i < Math.max(a.ops.length, b.ops.length); i++) {
    const [first, second] = [a.ops[i], b.ops[i]];
    if (describeKind(first) !== describeKind(second)) {
      return `${who} takes another way at every call: op ${i} is ${describeKind(first)}, then ${describeKind(second)}. Let it depend on shapes alone.`;
    }
    for (const [j, source] of first!.inputs.entries()) {
      const other = second!.inputs[j]!;
      if (source.kind === 'constant' && other.kind === 'constant') {
        if (sameConstant(source.constant, other.constant, valuesOf)) continue;
        return `${who} makes a constant in JavaScript that differs from call to call: input ${j} of op ${i}, ${first!.name}, with shape [${source.constant.shape}], is ${show(source.constant, valuesOf)}, then ${show(other.constant, valuesOf)}. Pass it as a scalar or in the batch, or make it with \`context.hostTensor\`.`;
      }
      if (!sameSource(source, other, valuesOf)) {
        return `${who} takes another way at every call: input ${j} of op ${i}, ${first!.name}, comes from somewhere else. Let it depend on shapes alone.`;
      }
    }
  }
  const ends = (trace: Trace) => [...trace.outputs, ...trace.assignments.values()];
  const others = ends(b);
  if (ends(a).length !== others.length || !ends(a).every((source, i) => sameSource(source, others[i]!, valuesOf))) {
    return `${who} returns or assigns something else at every call. What differs must come from the batch, the scalars or \`context.hostTensor\`.`;
  }
  return compareHostTensors(a, b, scalars, who);
}

function compareHostTensors(a: Trace, b: Trace, scalars: ScalarValues, who: string): string | undefined {
  if (a.inputs.length !== b.inputs.length) return `${who} makes another number of host tensors at every call.`;
  for (const [i, { from, shape }] of a.inputs.entries()) {
    const other = b.inputs[i]!.from;
    if (from.kind !== 'host' || other.kind !== 'host') continue;
    const [first, second] = [from.compute(scalars), other.compute(scalars)];
    if (first.every((value, at) => Object.is(value, second[at]))) continue;
    return `${who}: the \`compute\` of the host tensor of shape [${shape}] gave other values for the same scalars. It must depend on the scalars alone: pass the seed as one.`;
  }
  return undefined;
}

function describeKind(op: RecordedOp | undefined): string {
  if (!op) return 'not there';
  const attributes = op.attributes.map(({ name, value }) => `${name}=${JSON.stringify(value)}`);
  return `${op.name}(${attributes.join(', ')})`;
}

function sameSource(a: Source, b: Source, valuesOf: (id: number) => TensorValues): boolean {
  return isSameSource(a, b, (one, other) => sameConstant(one, other, valuesOf));
}

function show(constant: Constant, valuesOf: (id: number) => TensorValues): string {
  const values = [...constantValues(constant, valuesOf).slice(0, 3)].map((value) =>
    typeof value === 'number' ? Number(value.toPrecision(4)) : JSON.stringify(new TextDecoder().decode(value)),
  );
  return constant.shape.length === 0 ? `${values[0]}` : `[${values.join(', ')}, ...]`;
}
