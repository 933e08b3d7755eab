import type { ElementwiseCall, Source } from './elementwise-calls.js';
import { blocksOf, encodeFused, type FusedOperand, type FusedStep, LIMITS } from './fused-program.js';
import { type Address, type FunctionCall, isAddress, type Operand } from './recorded-calls.js';

/** Steps of a program at most: longer ones keep more blocks than the first cache holds. */
const STEPS = 24;

/** What a number costs besides the functions that take long: a step in the cache, and one that is read or written. */
const STEP_NANOSECONDS = 0.1;
const MEMORY_NANOSECONDS = 0.15;
/** A function that takes longer for a number is no matter of memory. */
const LONG_NANOSECONDS = 0.5;

/** A step as values: numbers of `values`. */
interface ValueStep {
  readonly opcode: FusedStep['opcode'];
  readonly inputs: readonly number[];
  readonly out: number;
}

interface Values {
  readonly sources: readonly (Source | undefined)[];
  readonly steps: readonly ValueStep[];
  /** The last value of each buffer that is written. */
  readonly written: ReadonlyMap<string, { readonly value: number; readonly out: ElementwiseCall['out'] }>;
}

export interface FusedMember {
  readonly call: FunctionCall;
  readonly elementwise: ElementwiseCall;
}

export const keyOf = ({ buffer, offset }: Address) => `${buffer}:${offset}`;

/** Whether one program can do what all `calls` do, whichever they share; if not, it may still. */
export function fitsSurely(calls: readonly ElementwiseCall[]): boolean {
  let [steps, operands, blocks] = [0, 0, 0];
  for (const call of calls) {
    for (const { inputs } of call.steps) {
      steps++;
      operands++;
      blocks++;
      for (const input of inputs) {
        if (input === 'last') continue;
        operands++;
        blocks += blocksOf(input);
      }
    }
    blocks += blocksOf(call.out);
  }
  return steps <= STEPS && operands <= LIMITS.operands && blocks <= LIMITS.blocks;
}

/**
 * One call of `fused` that does what `members` do one after the other; `isInternal` tells which of the buffers that they write nobody
 * else reads. Undefined where that is more than a program may be.
 *
 * A buffer that a member writes may be mentioned by others at the same address and number by number only.
 */
export function fusedCall(
  members: readonly FusedMember[],
  isInternal: (buffer: number) => boolean,
  scratch: Pick<FunctionCall, 'scratch' | 'scratchBytes'>,
): FunctionCall | undefined {
  const { count } = members[0]!.elementwise;
  const values = valuesOf(members);
  if (values.steps.length > STEPS) return undefined;
  const operands = new Operands(values, isInternal);
  const steps = values.steps.map((step, i) => operands.place(step, i));
  const { all, writes } = operands;
  const blocks = operands.registers + all.reduce((sum, operand) => sum + blocksOf(operand), 0);
  if (all.length > LIMITS.operands || blocks > LIMITS.blocks) return undefined;
  const inMemory = all.filter(({ kind }) => kind === 'full').length;
  const long = members.reduce(
    (sum, { call }) => sum + (call.nanoseconds > LONG_NANOSECONDS * count ? call.nanoseconds : 0),
    0,
  );
  const args: Operand[] = encodeFused({ count, operands: all, steps });
  return {
    kernel: 'fused',
    args,
    units: Math.ceil(count / UNIT),
    nanoseconds: long + count * (steps.length * STEP_NANOSECONDS + inMemory * MEMORY_NANOSECONDS),
    ...scratch,
    writes: [...writes],
    reads: [
      ...new Set(
        args.flatMap((operand) => (isAddress(operand) && !writes.has(operand.buffer) ? [operand.buffer] : [])),
      ),
    ],
  };
}

/** Numbers of a unit, as in assembly/fused.ts. */
const UNIT = 4096;

function valuesOf(members: readonly FusedMember[]): Values {
  const sources: (Source | undefined)[] = [];
  const steps: ValueStep[] = [];
  const written = new Map<string, { value: number; out: ElementwiseCall['out'] }>();
  const known = new Map<string, number>();
  const numberOf = (source: Source): number => {
    const isLiteral = source.kind === 'literal';
    const made = isLiteral ? undefined : written.get(keyOf(source.address));
    if (made) return made.value;
    const key = JSON.stringify(source);
    let value = known.get(key);
    if (value === undefined) {
      value = sources.push(source) - 1;
      known.set(key, value);
    }
    return value;
  };
  for (const { elementwise } of members) {
    let last = -1;
    for (const { opcode, inputs } of elementwise.steps) {
      const from = inputs.map((input) => (input === 'last' ? last : numberOf(input)));
      last = sources.push(undefined) - 1;
      steps.push({ opcode, inputs: from, out: last });
    }
    written.set(keyOf(elementwise.out.address), { value: last, out: elementwise.out });
  }
  return { sources, steps, written };
}

/** Operands of a program: what is made is in memory, or in the block that has been free the shortest. */
class Operands {
  readonly all: FusedOperand<Address>[] = [];
  readonly writes = new Set<number>();
  registers = 0;
  private readonly numbers = new Map<number, number>();
  private readonly ofBlocks = new Map<number, number>();
  private readonly free: number[] = [];
  private readonly lastUse = new Map<number, number>();
  private readonly results = new Map<number, ElementwiseCall['out']>();

  constructor(
    private readonly values: Values,
    isInternal: (buffer: number) => boolean,
  ) {
    for (const [i, { inputs }] of values.steps.entries()) for (const input of inputs) this.lastUse.set(input, i);
    for (const { value, out } of values.written.values()) {
      if (isInternal(out.address.buffer)) continue;
      this.results.set(value, out);
      this.writes.add(out.address.buffer);
    }
  }

  place({ opcode, inputs, out }: ValueStep, at: number): FusedStep {
    const from = inputs.map((input) => this.operandOf(input));
    // The result may be where an input is that nobody needs any more.
    for (const input of new Set(inputs)) if (this.lastUse.get(input) === at) this.release(input);
    const result = this.operandOf(out);
    if (!this.lastUse.has(out)) this.release(out);
    return { opcode, out: result, inputs: from };
  }

  private operandOf(value: number): number {
    let number = this.numbers.get(value);
    if (number === undefined) {
      number = this.newOperand(this.values.sources[value] ?? this.results.get(value));
      this.numbers.set(value, number);
    }
    return number;
  }

  private newOperand(source: Source | undefined): number {
    if (source) return this.all.push(source) - 1;
    const block = this.free.pop() ?? this.registers++;
    let number = this.ofBlocks.get(block);
    if (number === undefined) {
      number = this.all.push({ kind: 'register', block }) - 1;
      this.ofBlocks.set(block, number);
    }
    return number;
  }

  private release(value: number): void {
    const operand = this.all[this.numbers.get(value)!]!;
    if (operand.kind === 'register') this.free.push(operand.block);
  }
}
