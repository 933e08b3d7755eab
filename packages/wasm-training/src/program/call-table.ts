import { callable } from '../generated/kernels.js';
import { bitsOf } from './fused-program.js';
import { type FunctionCall, isTfjsCall, type Operand, type RecordedCall } from './recorded-calls.js';
import type { Stage } from './stages.js';

/** A word of the table that holds an address: that of `buffer`, and `offset` bytes. */
interface AddressWord {
  readonly word: number;
  readonly buffer: number;
  readonly offset: number;
}

/** Stages as assembly/program.ts reads them, in 32-bit words; addresses are yet to be written. */
export interface CallTable {
  readonly words: Int32Array;
  /** Words that hold the address of a buffer. */
  readonly addresses: readonly AddressWord[];
  /** Words that hold the address of another word of the table, which is what is in them now. */
  readonly links: readonly number[];
  /** First word of the stages, and what is done in order: runs of stages, and calls of tfjs's. */
  readonly stagesAt: number;
  readonly parts: readonly Part[];
  readonly stages: number;
}

type Part = { readonly from: number; readonly to: number } | { readonly tfjs: number };

const NUMBERS = new Map(callable.map(([name, floats], number) => [name, { number, floats: new Set(floats) }]));

export function encodeCalls(calls: readonly RecordedCall[], stages: readonly Stage[]): CallTable {
  const words: number[] = [];
  const addresses: AddressWord[] = [];
  const links: number[] = [];
  const link = (word: number) => {
    links.push(words.length);
    words.push(word);
  };
  const put = (operand: Operand, isFloat: boolean) => {
    if (typeof operand === 'object') {
      addresses.push({ word: words.length, ...operand });
      words.push(0);
    } else {
      words.push(isFloat ? bitsOf(operand) : operand | 0);
    }
  };
  const encode = ({ kernel, args, units, scratch, scratchBytes }: FunctionCall): number => {
    const { number, floats } = NUMBERS.get(kernel)!;
    const at = words.length;
    words.push(number, units);
    put(scratch, false);
    words.push(scratchBytes);
    for (const [i, operand] of args.entries()) put(operand, floats.has(i));
    return at;
  };
  const places = calls.map((call) => (isTfjsCall(call) ? -1 : encode(call)));
  const parts: Part[] = [];
  const starts: { readonly items: number; readonly count: number }[] = [];
  for (const stage of stages) {
    if ('tfjs' in stage) {
      parts.push(stage);
      continue;
    }
    const lists = stage.map((item) => {
      const list = words.length;
      for (const call of item.calls) link(places[call]!);
      return list;
    });
    const items = words.length;
    for (const [i, { calls, units = [-1, -1] }] of stage.entries()) {
      link(lists[i]!);
      words.push(calls.length, ...units);
    }
    const last = parts.at(-1);
    const number = starts.push({ items, count: stage.length }) - 1;
    if (last && 'to' in last) parts[parts.length - 1] = { from: last.from, to: number + 1 };
    else parts.push({ from: number, to: number + 1 });
  }
  const stagesAt = words.length;
  for (const { items, count } of starts) {
    link(items);
    words.push(count);
  }
  return { words: Int32Array.from(words), addresses, links, stagesAt, parts, stages: starts.length };
}
