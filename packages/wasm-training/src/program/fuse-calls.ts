import { type ElementwiseCall, readElementwise, type Source } from './elementwise-calls.js';
import { fitsSurely, fusedCall, keyOf } from './fused-call.js';
import { type FunctionCall, isTfjsCall, type RecordedCall } from './recorded-calls.js';

/** Numbers below which a program of several steps takes as long as the steps by themselves. */
const LEAST = 64;

/** What {@link fuseCalls} has to know about a program. */
export interface FusedContext {
  /** Whether a buffer is made by the program and of no interest when that is done. */
  readonly isTemporary: (buffer: number) => boolean;
  /** Scratch memory that all fused calls share, for each thread its own. */
  readonly scratch: Pick<FunctionCall, 'scratch' | 'scratchBytes'>;
}

/** Calls that are made in one place of the program's order, that of the call number `at`. */
interface Group {
  at: number;
  readonly count: number;
  readonly members: number[];
}

/**
 * The same calls with chains of functions of single numbers each made one call of `fused`, which computes them block by block: what
 * only the chain reads is not written to memory at all. All results have the same bits.
 */
export function fuseCalls(calls: readonly RecordedCall[], context: FusedContext): RecordedCall[] {
  return new Fusion(calls, context).run();
}

class Fusion {
  private readonly elementwise: readonly (ElementwiseCall | undefined)[];
  private readonly groups: Group[];
  /** Calls so far that read, or write, each buffer. */
  private readonly readers = new Map<number, number[]>();
  private readonly writers = new Map<number, number[]>();
  /** All calls that mention each buffer. */
  private readonly users = new Map<number, number[]>();

  constructor(
    private readonly calls: readonly RecordedCall[],
    private readonly context: FusedContext,
  ) {
    this.elementwise = calls.map((call) => {
      const elementwise = isTfjsCall(call) ? undefined : readElementwise(call);
      return elementwise && elementwise.count >= LEAST ? elementwise : undefined;
    });
    this.groups = calls.map((_, i) => ({ at: i, count: this.elementwise[i]?.count ?? 0, members: [i] }));
    for (const [i, { reads, writes }] of calls.entries()) {
      for (const buffer of new Set([...reads, ...writes])) push(this.users, buffer, i);
    }
  }

  run(): RecordedCall[] {
    for (const i of this.calls.keys()) {
      if (this.elementwise[i]) this.join(i);
      for (const buffer of this.calls[i]!.reads) push(this.readers, buffer, i);
      // What is written may be read too.
      for (const buffer of this.calls[i]!.writes) push(this.writers, buffer, i);
    }
    const groups = [...new Set(this.groups)].sort((a, b) => a.at - b.at);
    return groups.flatMap((group) => {
      const fused = group.members.length > 1 ? this.fuse(group.members) : undefined;
      return fused ? [fused] : group.members.map((i) => this.calls[i]!);
    });
  }

  /** Lets call `i` join those that made its operands, all of them if it can be, else one. */
  private join(i: number): void {
    const producers = this.producersOf(i);
    if (producers.length > 1 && this.sink(i, producers)) return;
    for (const group of producers) if (this.hoist(i, group) || this.sink(i, [group])) return;
  }

  /** Groups of as many numbers that wrote what call `i` reads, the latest first. */
  private producersOf(i: number): Group[] {
    const groups = new Set<Group>();
    const { count } = this.groups[i]!;
    for (const buffer of mentionedBy(this.calls[i]!)) {
      const writer = this.writers.get(buffer)?.at(-1);
      if (writer === undefined || !this.elementwise[writer]) continue;
      const group = this.groups[writer]!;
      if (group.count === count) groups.add(group);
    }
    return [...groups].sort((a, b) => b.at - a.at);
  }

  /** Makes call `i` where `group` is made, if all that it needs is there by then. */
  private hoist(i: number, group: Group): boolean {
    const { reads, writes } = this.calls[i]!;
    const isLater = (other: number) => this.groups[other] !== group && this.groups[other]!.at > group.at;
    const isFree =
      !reads.some((buffer) => this.writers.get(buffer)?.some(isLater)) &&
      !writes.some((buffer) => this.writers.get(buffer)?.some(isLater) || this.readers.get(buffer)?.some(isLater));
    return isFree && this.merge(i, [group], group.at);
  }

  /** Makes `groups` where call `i` is, if nobody in between needs what they make or changes what they read. */
  private sink(i: number, groups: readonly Group[]): boolean {
    const isFree = groups.every(({ at, members }) => {
      const isLater = (other: number) => this.groups[other]!.at > at && !groups.includes(this.groups[other]!);
      return members.every((member) => {
        const { reads, writes } = this.calls[member]!;
        return (
          !reads.some((buffer) => this.writers.get(buffer)?.some(isLater)) &&
          !writes.some((buffer) => this.writers.get(buffer)?.some(isLater) || this.readers.get(buffer)?.some(isLater))
        );
      });
    });
    return isFree && this.merge(i, groups, i);
  }

  private merge(i: number, groups: readonly Group[], at: number): boolean {
    const members = [...groups.flatMap((group) => group.members), i].sort((a, b) => a - b);
    if (!this.isAligned(members)) return false;
    const calls = members.map((member) => this.elementwise[member]!);
    if (!fitsSurely(calls) && !this.fuse(members)) return false;
    const merged = { at, count: this.groups[i]!.count, members };
    for (const member of members) this.groups[member] = merged;
    return true;
  }

  /** Whether what one of the calls writes the others use at the same address, number by number. */
  private isAligned(members: readonly number[]): boolean {
    const outs = new Map<number, ElementwiseCall['out']>();
    for (const member of members) {
      const { out } = this.elementwise[member]!;
      const { buffer } = out.address;
      const other = outs.get(buffer);
      if (other && !isSame(other, out)) return false;
      outs.set(buffer, out);
    }
    const isAlignedSource = (source: Source | 'last') => {
      if (source === 'last' || source.kind === 'literal') return true;
      const out = outs.get(source.address.buffer);
      return out === undefined || isSame(source, out);
    };
    return members.every((member) =>
      this.elementwise[member]!.steps.every(({ inputs }) => inputs.every(isAlignedSource)),
    );
  }

  private fuse(members: readonly number[]): FunctionCall | undefined {
    const inside = new Set(members);
    // Those before have what was in the buffer then.
    const needs = (user: number, buffer: number) =>
      !inside.has(user) && members.some((i) => i < user && this.elementwise[i]!.out.address.buffer === buffer);
    const isInternal = (buffer: number) =>
      this.context.isTemporary(buffer) && !this.users.get(buffer)!.some((user) => needs(user, buffer));
    return fusedCall(
      members.map((i) => ({ call: this.calls[i] as FunctionCall, elementwise: this.elementwise[i]! })),
      isInternal,
      this.context.scratch,
    );
  }
}

function isSame(a: Exclude<Source, { kind: 'literal' }>, b: ElementwiseCall['out']): boolean {
  return a.kind === b.kind && keyOf(a.address) === keyOf(b.address);
}

function mentionedBy({ reads, writes }: RecordedCall): number[] {
  return [...reads, ...writes];
}

function push(map: Map<number, number[]>, key: number, value: number): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
