import type { Constant, Source, Trace } from './trace.js';

/** The shape of a value in `trace`. */
export function shapeOf(source: Source, trace: Trace): readonly number[] {
  switch (source.kind) {
    case 'input':
      return trace.inputs[source.index]!.shape;
    case 'variable':
      return source.variable.shape;
    case 'op':
      return trace.ops[source.op]!.outputs[source.output]!.shape;
    case 'constant':
      return source.constant.shape;
  }
}

/** Whether two sources, of one trace or of two traces of a step, are the same; constants are where `areSame` says so. */
export function isSameSource(a: Source, b: Source, areSame: (a: Constant, b: Constant) => boolean): boolean {
  switch (a.kind) {
    case 'input':
      return b.kind === 'input' && a.index === b.index;
    case 'variable':
      return b.kind === 'variable' && a.variable === b.variable;
    case 'op':
      return b.kind === 'op' && a.op === b.op && a.output === b.output;
    case 'constant':
      return b.kind === 'constant' && areSame(a.constant, b.constant);
  }
}

const numbers = new WeakMap<object, number>();
let lastNumber = 0;

/** A text that is the same for sources, of one trace, that are. */
export function keyOf(source: Source): string {
  switch (source.kind) {
    case 'op':
      return `op ${source.op} ${source.output}`;
    case 'input':
      return `input ${source.index}`;
    case 'variable':
      return `object ${numberOf(source.variable)}`;
    case 'constant':
      return `object ${numberOf(source.constant)}`;
  }
}

function numberOf(object: object): number {
  const known = numbers.get(object) ?? ++lastNumber;
  numbers.set(object, known);
  return known;
}
