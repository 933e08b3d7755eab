import { bitsOf, type Opcode } from './fused-program.js';
import { type Address, type FunctionCall, isAddress, type Operand } from './recorded-calls.js';

/** Where a call finds one of its operands, and how that lies over the numbers of the result. */
export type Source =
  | { readonly kind: 'full' | 'bytes' | 'number'; readonly address: Address }
  | { readonly kind: 'rows'; readonly address: Address; readonly width: number; readonly times: number }
  | { readonly kind: 'literal'; readonly bits: number };

/** A function of single numbers: of the one at the same place of each input, or of what the step before it made. */
interface ElementwiseStep {
  readonly opcode: Opcode;
  readonly inputs: readonly (Source | 'last')[];
}

/** What a call of a compiled function does, where that is the same for each number. */
export interface ElementwiseCall {
  readonly count: number;
  readonly steps: readonly ElementwiseStep[];
  readonly out: { readonly kind: 'full' | 'bytes'; readonly address: Address };
}

type Reading = (args: readonly Operand[], units: number) => ElementwiseCall | undefined;

const ZIP_OPERATIONS = ['maximum', 'minimum', 'add', 'subtract', 'multiply', 'divide', 'subtract', 'divide'] as const;
/** From here on operands are the other way round. */
const FIRST_SWAPPED = 6;

const READINGS: Readonly<Record<string, Reading>> = {
  zip: ([operation, a, b, bIsNumber, out, count, width, times]) => {
    const [large, small] = [full(a), repeated(b, { isNumber: bIsNumber !== 0, count, width, times } as Repetition)];
    const inputs = Number(operation) < FIRST_SWAPPED ? [large, small] : [small, large];
    return one(ZIP_OPERATIONS[Number(operation)]!, inputs, full(out), count);
  },
  clip: ([x, y, count, low, high]) => one('clip', [full(x), literal(low), literal(high)], full(y), count),
  select: ([condition, a, b, out, count]) => one('select', [bytes(condition), full(a), full(b)], full(out), count),
  addBiasAndClip: ([y, bias, width, low, high], units) => ({
    count: units * Number(width),
    steps: [
      { opcode: 'add', inputs: [full(y), rows(bias, Number(width), units)] },
      { opcode: 'clip', inputs: ['last', literal(low), literal(high)] },
    ],
    out: full(y),
  }),
  // Of bytes it may be any: what reads it says whether they are floats.
  fill: ([to, bytes, pattern]) =>
    Number(bytes) % 4 === 0
      ? one('copy', [{ kind: 'literal', bits: Number(pattern) }], full(to), Number(bytes) / 4)
      : undefined,
  flagToFloat: ([x, y, count]) => one('copy', [bytes(x)], full(y), count),
  floatToFlag: ([x, y, count]) => one('notEqual', [full(x), literal(0)], bytes(y), count),
  ...readingsOf(
    [
      'tanh',
      'erf',
      'exp',
      'expm1',
      'softplus',
      'selu',
      'sqrt',
      'rsqrt',
      'sign',
      'relu',
      'square',
      'relu6',
      'sigmoid',
      'log',
    ],
    (opcode) =>
      ([x, y, count]) =>
        one(opcode, [full(x)], full(y), count),
  ),
  ...readingsOf(
    ['leakyRelu', 'step'],
    (opcode) =>
      ([x, y, count, parameter]) =>
        one(opcode, [full(x), literal(parameter)], full(y), count),
  ),
  ...readingsOf(
    ['greater', 'greaterEqual', 'equal', 'notEqual'],
    (opcode) =>
      ([a, aIsNumber, b, bIsNumber, out, count]) =>
        one(opcode, [aIsNumber ? number(a) : full(a), bIsNumber ? number(b) : full(b)], bytes(out), count),
  ),
};

function readingsOf<T extends Opcode>(opcodes: readonly T[], reading: (opcode: T) => Reading) {
  return Object.fromEntries(opcodes.map((opcode) => [opcode, reading(opcode)]));
}

/** What `call` does to each number; undefined where it does something else. */
export function readElementwise({ kernel, args, units }: FunctionCall): ElementwiseCall | undefined {
  return Object.hasOwn(READINGS, kernel) ? READINGS[kernel]!(args, units) : undefined;
}

function one(
  opcode: Opcode,
  inputs: readonly Source[],
  out: ElementwiseCall['out'],
  count: Operand = 0,
): ElementwiseCall {
  return { count: Number(count), steps: [{ opcode, inputs }], out };
}

interface Repetition {
  readonly isNumber: boolean;
  readonly count: number;
  readonly width: number;
  readonly times: number;
}

const MOST = 2 ** 31 - 1;

/** The second operand of `zip`: a row of `width` numbers, or one number, serves `times` rows of the first. */
function repeated(b: Operand | undefined, { isNumber, count, width, times }: Repetition): Source {
  if (!isNumber) return times === 1 ? full(b) : rows(b, width, times);
  return width * times >= count ? number(b) : rows(b, 1, Math.min(width * times, MOST));
}

const addressOf = (operand: Operand | undefined): Address => {
  if (operand === undefined || !isAddress(operand)) throw new Error(`A call has ${operand} for an address.`);
  return operand;
};
const full = (operand: Operand | undefined) => ({ kind: 'full', address: addressOf(operand) }) as const;
const bytes = (operand: Operand | undefined) => ({ kind: 'bytes', address: addressOf(operand) }) as const;
const number = (operand: Operand | undefined) => ({ kind: 'number', address: addressOf(operand) }) as const;
const rows = (operand: Operand | undefined, width: number, times: number) =>
  ({ kind: 'rows', address: addressOf(operand), width, times }) as const;
const literal = (operand: Operand | undefined) => ({ kind: 'literal', bits: bitsOf(Number(operand)) }) as const;
