import type { Precision } from '../step-function.js';
import { keyOf, shapeOf } from '../trace/source.js';
import type { Source, Trace } from '../trace/trace.js';
import { type ElementwiseOp, elementwiseOp, spreadOf } from './elementwise-ops.js';
import { inputsOf } from './op-substitutes.js';

/** Ops that become one node of a graph: a single one of any kind, or elementwise ones that are fused. */
export interface OpGroup {
  /** In the step's order. */
  readonly ops: readonly number[];
  readonly isFused: boolean;
}

/** The ops of a trace that `ends` are made of. */
export interface OpGroups {
  /** In an order in which they can run. */
  readonly groups: readonly OpGroup[];
  /** Those that can be part of a fused op, by their numbers. */
  readonly elementwise: ReadonlyMap<number, ElementwiseOp>;
  /** The numbers of the ops that read a result of each. */
  readonly consumers: ReadonlyMap<number, readonly number[]>;
  /** The numbers of the ops that are part of a fused one. */
  readonly fused: ReadonlySet<number>;
}

/** How far apart, in ops of the step, those of a group may be: what is computed early is kept until it is needed. */
const SPAN = 120;

/**
 * Groups the ops that `ends` are made of, so that chains of elementwise ops and sums over them become one where `fuses` says so.
 *
 * @param made ops whose results come from elsewhere
 */
export function groupOps(
  trace: Trace,
  ends: readonly Source[],
  made: ReadonlySet<number>,
  { fuses, precision }: { readonly fuses: boolean; readonly precision: Precision },
): OpGroups {
  const elementwise = new Map<number, ElementwiseOp>();
  const needed = new Set<number>();
  const consumers = new Map<number, number[]>();
  const waiting = [...ends];
  for (let source = waiting.pop(); source; source = waiting.pop()) {
    if (source.kind !== 'op' || needed.has(source.op) || made.has(source.op)) continue;
    const { op } = source;
    needed.add(op);
    const found = fuses && !(precision === 'float32' && isBiasOfConv(trace, op)) ? elementwiseOp(trace, op) : undefined;
    if (found) elementwise.set(op, found);
    for (const input of found?.operands ?? inputsOf(trace, op)) {
      waiting.push(input);
      if (input.kind === 'op') consumers.set(input.op, [...(consumers.get(input.op) ?? []), op]);
    }
  }
  const ordered = [...needed].sort((a, b) => a - b);
  const groups = new Grouping(trace, ordered, elementwise, consumers).groups(precision === 'float32' ? 2 : 1);
  const fused = new Set(groups.flatMap(({ ops, isFused }) => (isFused ? ops : [])));
  return { groups, elementwise, consumers, fused };
}

/** Whether TensorFlow computes this sum within the convolution before it. */
function isBiasOfConv(trace: Trace, op: number): boolean {
  const { name, inputs } = trace.ops[op]!;
  return (
    (name === 'Add' || name === 'AddV2') &&
    inputs.some((source) => source.kind === 'op' && trace.ops[source.op]!.name === 'Conv2D') &&
    inputs.some((source) => source.kind === 'variable' && source.variable.shape.length === 1)
  );
}

interface Group {
  readonly ops: Set<number>;
  readonly space: string;
  first: number;
  last: number;
  /** The group that this one became part of. */
  into?: Group;
}

class Grouping {
  private readonly groupOf = new Map<number, Group>();
  /** The groups that read a large tensor, by its key; those that became part of another among them. */
  private readonly readers = new Map<string, readonly Group[]>();

  constructor(
    private readonly trace: Trace,
    /** In the step's order. */
    private readonly needed: readonly number[],
    private readonly elementwise: ReadonlyMap<number, ElementwiseOp>,
    private readonly consumers: ReadonlyMap<number, readonly number[]>,
  ) {
    for (const op of needed) this.place(op);
  }

  /** @param least how many ops are worth a fused one: TensorFlow's own are slow where they compute in bfloat16 */
  groups(least: number): OpGroup[] {
    const result: OpGroup[] = [];
    const done = new Set<Group | number>();
    const needed = new Set(this.needed);
    const emit = (op: number): void => {
      const group = this.groupOf.get(op);
      const key = group ?? op;
      if (done.has(key)) return;
      done.add(key);
      const ops = group ? [...group.ops].sort((a, b) => a - b) : [op];
      for (const member of ops) {
        for (const producer of this.producers(member)) {
          if (!group?.ops.has(producer) && needed.has(producer)) emit(producer);
        }
      }
      result.push({
        ops,
        isFused: group !== undefined && (ops.length >= least || this.elementwise.get(op)!.isDot === true),
      });
    };
    for (const op of this.needed) emit(op);
    return result;
  }

  /** The ops whose results `op` reads: as a fused one where it may become part of one. */
  private producers(op: number): number[] {
    const sources = this.elementwise.get(op)?.operands ?? inputsOf(this.trace, op);
    return sources.flatMap((source) => (source.kind === 'op' ? [source.op] : []));
  }

  /** Puts an op into a group that computes what it reads, or that reads the same, or into a new one. */
  private place(op: number): void {
    const found = this.elementwise.get(op);
    if (!found) return;
    const space = String(found.space);
    const full = found.operands.filter((source) => this.isFull(source, found));
    const near = new Set<Group>();
    for (const source of full) {
      if (source.kind !== 'op') continue;
      const own = this.groupOf.get(source.op);
      if (own && !this.isSum(source.op)) near.add(own);
    }
    for (const source of full) for (const group of this.readers.get(keyOf(source)) ?? []) near.add(live(group));
    let joined: Group | undefined;
    for (const group of near) {
      if (group === joined) continue;
      // What is only summed up leaves nothing behind that would be kept for long.
      if (group.space !== space || (op - group.first > SPAN && !this.isSummedUp(op))) continue;
      if (!joined) {
        if (this.canJoin(op, group)) joined = this.add(group, op);
      } else if (joined.last - group.first <= SPAN && this.canMerge(joined, group)) joined = this.merge(joined, group);
    }
    joined ??= this.add({ ops: new Set(), space, first: op, last: op }, op);
    for (const source of full) {
      const key = keyOf(source);
      this.readers.set(key, [...(this.readers.get(key) ?? []), joined]);
    }
  }

  private isFull(source: Source, { space }: ElementwiseOp): boolean {
    return spreadOf(shapeOf(source, this.trace), space) === 'full';
  }

  private isSummedUp(op: number): boolean {
    return this.isSum(op) || (this.consumers.get(op) ?? []).every((consumer) => this.isSum(consumer));
  }

  private isSum(op: number): boolean {
    return this.elementwise.get(op)?.sum !== undefined;
  }

  private add(group: Group, op: number): Group {
    group.ops.add(op);
    group.last = Math.max(group.last, op);
    this.groupOf.set(op, group);
    return group;
  }

  private merge(a: Group, b: Group): Group {
    for (const op of b.ops) {
      a.ops.add(op);
      this.groupOf.set(op, a);
    }
    b.into = a;
    a.first = Math.min(a.first, b.first);
    a.last = Math.max(a.last, b.last);
    return a;
  }

  /** Whether nothing that `op` reads from elsewhere waits for the group; nor for a sum of the group. */
  private canJoin(op: number, group: Group): boolean {
    return this.producers(op).every((producer) =>
      group.ops.has(producer) ? !this.isSum(producer) : !this.waitsFor(producer, group),
    );
  }

  private canMerge(a: Group, b: Group): boolean {
    if (a === b) return false;
    return this.isApart(a, b) && this.isApart(b, a);
  }

  /** Whether what `a` reads, of `b` directly or from elsewhere, does not need all of `b` to be done first. */
  private isApart(a: Group, b: Group): boolean {
    for (const op of a.ops) {
      for (const producer of this.producers(op)) {
        if (a.ops.has(producer)) continue;
        if (b.ops.has(producer) ? this.isSum(producer) : this.waitsFor(producer, b)) return false;
      }
    }
    return true;
  }

  /** Whether `op`, with all of its group, runs after `group`. */
  private waitsFor(op: number, group: Group): boolean {
    const seen = new Set<number>();
    const waiting = [op];
    for (let each = waiting.pop(); each !== undefined; each = waiting.pop()) {
      if (group.ops.has(each)) return true;
      const own = this.groupOf.get(each);
      if (seen.has(each) || (own?.last ?? each) < group.first) continue;
      for (const member of own?.ops ?? [each]) {
        seen.add(member);
        waiting.push(...this.producers(member));
      }
    }
    return false;
  }
}

function live(group: Group): Group {
  return group.into ? live(group.into) : group;
}
