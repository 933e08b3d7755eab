/** Where an operand of a fused program has its numbers, as assembly/fused.ts counts the kinds. */
export const KINDS = {
  /** At an address, one after the other. */
  full: 0,
  /** One for all, at an address. */
  number: 1,
  /** At an address, in rows of `width`, each of which serves `times` rows of the program's numbers one after the other. */
  rows: 2,
  /** One byte each, which counts as 1 or 0. */
  bytes: 3,
  /** One for all, which is the value itself: the bits of a float32. */
  literal: 4,
  /** Nowhere in memory: the value is the number of the scratch block that holds a block of them. */
  register: 5,
} as const;

/** Opcodes of a program's steps, as assembly/fused.ts counts them, by what they compute of up to three operands. */
export const OPCODES = {
  tanh: 0,
  erf: 1,
  exp: 2,
  expm1: 3,
  softplus: 4,
  selu: 5,
  /** The second operand is the slope. */
  leakyRelu: 6,
  sqrt: 7,
  rsqrt: 8,
  sign: 9,
  relu: 10,
  square: 11,
  /** The second operand is the result at and below 0. */
  step: 12,
  relu6: 13,
  sigmoid: 14,
  log: 15,
  maximum: 64,
  minimum: 65,
  add: 66,
  subtract: 67,
  multiply: 68,
  divide: 69,
  // 1 or 0.
  greater: 80,
  greaterEqual: 81,
  equal: 82,
  notEqual: 83,
  /** The second operand where the first is not 0, else the third. */
  select: 96,
  /** Not below the second, not above the third operand. */
  clip: 97,
  copy: 98,
  // Of 1 and 0.
  and: 99,
  or: 100,
  not: 101,
} as const;

export type Opcode = keyof typeof OPCODES;

/**
 * An operand; `A` is what stands for an address. A result may be in the memory of an input that no later step reads; what a step wrote
 * is read through the operand that it wrote.
 */
export type FusedOperand<A> =
  | { readonly kind: 'full' | 'number' | 'bytes'; readonly address: A }
  | { readonly kind: 'rows'; readonly address: A; readonly width: number; readonly times: number }
  | { readonly kind: 'literal'; readonly bits: number }
  | { readonly kind: 'register'; readonly block: number };

/** A step: what it computes of which operands, by number, and which one is the result: full, bytes or a register. */
export interface FusedStep {
  readonly opcode: Opcode;
  readonly out: number;
  readonly inputs: readonly number[];
}

/** A program over `count` numbers. At most {@link LIMITS}`.operands`, and as many scratch blocks as {@link blocksOf} counts. */
export interface FusedProgram<A> {
  readonly count: number;
  readonly operands: readonly FusedOperand<A>[];
  readonly steps: readonly FusedStep[];
}

/** Floats of scratch memory that a thread needs for any program, as `fusedScratch` of assembly/fused.ts says. */
export const FUSED_SCRATCH = 7728;

export const LIMITS = { operands: 64, blocks: 24 } as const;

/** Scratch blocks that an operand may need besides those of registers. */
export function blocksOf({ kind }: Pick<FusedOperand<unknown>, 'kind'>): number {
  return kind === 'rows' ? 2 : Number(kind === 'bytes');
}

/** The program as words of 32 bits, but for the addresses. */
export function encodeFused<A>({ count, operands, steps }: FusedProgram<A>): (number | A)[] {
  return [
    count,
    operands.length,
    steps.length,
    ...operands.flatMap((operand) => [KINDS[operand.kind], ...wordsOf(operand)]),
    ...steps.flatMap(({ opcode, out, inputs: [a = -1, b = -1, c = -1] }) => [OPCODES[opcode], out, a, b, c]),
  ];
}

function wordsOf<A>(operand: FusedOperand<A>): [value: number | A, width: number, times: number] {
  switch (operand.kind) {
    case 'literal':
      return [operand.bits, 0, 0];
    case 'register':
      return [operand.block, 0, 0];
    case 'rows':
      return [operand.address, operand.width, operand.times];
    default:
      return [operand.address, 0, 0];
  }
}

const floats = new Float32Array(1);
const bits = new Int32Array(floats.buffer);

/** The bits of `value` as a float32, as an int32. */
export function bitsOf(value: number): number {
  floats[0] = value;
  return bits[0]!;
}
