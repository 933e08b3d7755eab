import { KINDS } from './fused-program.js';
import { type FunctionCall, isAddress, type Operand } from './recorded-calls.js';

/** Words before the operands of a fused program, of an operand, and of a step. */
const HEAD = 3;
const OPERAND = 4;
const STEP = 5;

/** Whether a fused call has read all of buffer `input` that it wants when it writes, in the same place, the number of buffer `value`. */
export function fusedInPlace({ args }: FunctionCall, input: number, value: number): boolean {
  const firstStep = HEAD + OPERAND * Number(args[1]);
  const operandsAt = (buffer: number) =>
    Array.from({ length: Number(args[1]) }, (_, i) => i).filter((i) => {
      const address = args[HEAD + OPERAND * i + 1]!;
      return isAddress(address) && address.buffer === buffer;
    });
  const isWhole = (i: number) => {
    const [kind, address] = args.slice(HEAD + OPERAND * i) as [Operand, Operand];
    return kind === KINDS.full && isAddress(address) && address.offset === 0;
  };
  const inputs = new Set(operandsAt(input));
  const [result, ...others] = operandsAt(value);
  if (result === undefined || others.length > 0 || ![result, ...inputs].every(isWhole)) return false;
  const steps = Array.from({ length: Number(args[2]) }, (_, i) =>
    args.slice(firstStep + STEP * i + 1, firstStep + STEP * (i + 1)),
  );
  const written = steps.findIndex(([out]) => out === result);
  return written >= 0 && !steps.slice(written + 1).some(([, ...reads]) => reads.some((i) => inputs.has(Number(i))));
}
