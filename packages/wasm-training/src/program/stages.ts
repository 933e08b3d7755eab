import { isTfjsCall, type RecordedCall } from './recorded-calls.js';

/** Calls that one thread makes one after the other, or units of one call. */
interface Item {
  readonly calls: readonly number[];
  /** Of the call's units, where it is one that several items share. */
  readonly units?: readonly [first: number, last: number];
}

/** Items that do not depend on each other; the next stage begins when all are done. A call of tfjs's stands alone. */
export type Stage = readonly Item[] | { readonly tfjs: number };

/** A call that takes at least so long is worth being shared, in items of at least the other. */
const WORTH_SHARING = 20_000;
const WORTH_FETCHING = 5_000;
const SHARES_PER_THREAD = 8;

/** What a call costs besides its work. */
const CALL = 50;

/** Bytes that a call may make long before they are needed. */
const LIGHT = 16_384;

/**
 * The order in which `threads` threads make `calls`: `locationOf` tells which buffers are the same memory, `bytesOf` how much that is.
 *
 * Small calls that make little are made as soon as they can, others when it is their turn, so that memory is not held for long; those that
 * depend on each other by one thread. Large ones are made by all threads together.
 */
export function planStages(
  calls: readonly RecordedCall[],
  threads: number,
  locationOf: (buffer: number) => number,
  bytesOf: (buffer: number) => number,
): Stage[] {
  if (threads === 1) return calls.map((call, i) => (isTfjsCall(call) ? { tfjs: i } : [{ calls: [i] }]));
  const before = dependencies(calls, locationOf);
  const after: number[][] = calls.map(() => []);
  for (const [i, each] of before.entries()) for (const other of each) after[other]!.push(i);
  const missing = before.map((each) => each.size);
  const small: number[] = [];
  const large: number[] = [];
  const isLarge = (i: number) => {
    const call = calls[i]!;
    return isTfjsCall(call) || (call.units > 1 && call.nanoseconds >= WORTH_SHARING);
  };
  const free = (i: number) => {
    if (missing[i] === 0) insert(isLarge(i) ? large : small, i);
  };
  for (const i of calls.keys()) free(i);
  const finish = (i: number) => {
    for (const next of after[i]!) {
      missing[next]!--;
      free(next);
    }
  };
  const stages: Stage[] = [];
  const isLight = calls.map(({ writes }) => writes.reduce((sum, buffer) => sum + bytesOf(buffer), 0) <= LIGHT);
  const inOrder = calls.flatMap((_, i) => (isLarge(i) ? [i] : []));
  const takeSmall = (): number | undefined => {
    const turn = inOrder[0] ?? calls.length;
    const at = small.findIndex((i) => isLight[i] || i < turn);
    return at < 0 ? undefined : small.splice(at, 1)[0];
  };
  while (small.length + large.length > 0) {
    const window: number[] = [];
    for (let i = takeSmall(); i !== undefined; i = takeSmall()) {
      window.push(i);
      finish(i);
    }
    if (window.length > 0) {
      stages.push(chains(window, before, calls));
      continue;
    }
    const i = large.shift()!;
    inOrder.splice(inOrder.indexOf(i), 1);
    const call = calls[i]!;
    stages.push(isTfjsCall(call) ? { tfjs: i } : shares(i, call.units, call.nanoseconds, threads));
    finish(i);
  }
  return stages;
}

/** For each call those that must be done before it. */
function dependencies(calls: readonly RecordedCall[], locationOf: (buffer: number) => number): Set<number>[] {
  const lastWrite = new Map<number, number>();
  const readsSince = new Map<number, number[]>();
  return calls.map(({ reads, writes }, i) => {
    const before = new Set<number>();
    for (const buffer of reads) {
      const location = locationOf(buffer);
      const write = lastWrite.get(location);
      if (write !== undefined) before.add(write);
      const others = readsSince.get(location);
      if (others) others.push(i);
      else readsSince.set(location, [i]);
    }
    for (const buffer of writes) {
      const location = locationOf(buffer);
      const write = lastWrite.get(location);
      if (write !== undefined) before.add(write);
      for (const read of readsSince.get(location) ?? []) before.add(read);
      lastWrite.set(location, i);
      readsSince.delete(location);
    }
    before.delete(i);
    return before;
  });
}

/** The calls of `window` as groups that do not depend on each other, the longest first. */
function chains(window: readonly number[], before: readonly Set<number>[], calls: readonly RecordedCall[]): Item[] {
  const groupOf = new Map<number, number>();
  const groups: number[][] = [];
  for (const i of window) {
    const joined = [...new Set([...before[i]!].flatMap((other) => groupOf.get(other) ?? []))];
    const [target = groups.push([]) - 1, ...others] = joined;
    for (const other of others) {
      for (const member of groups[other]!) groupOf.set(member, target);
      groups[target]!.push(...groups[other]!.splice(0));
    }
    groups[target]!.push(i);
    groupOf.set(i, target);
  }
  const place = new Map(window.map((i, at) => [i, at]));
  const cost = (group: readonly number[]) =>
    group.reduce((sum, i) => sum + CALL + (calls[i] as { nanoseconds: number }).nanoseconds, 0);
  return groups
    .filter((group) => group.length > 0)
    .map((group) => ({ calls: group.sort((a, b) => place.get(a)! - place.get(b)!), cost: cost(group) }))
    .sort((a, b) => b.cost - a.cost)
    .map(({ calls }) => ({ calls }));
}

function shares(call: number, units: number, nanoseconds: number, threads: number): Item[] {
  const count = Math.min(units, threads * SHARES_PER_THREAD, Math.max(threads, nanoseconds / WORTH_FETCHING));
  const grain = Math.ceil(units / count);
  return Array.from({ length: Math.ceil(units / grain) }, (_, i) => ({
    calls: [call],
    units: [i * grain, Math.min(units, (i + 1) * grain)] as const,
  }));
}

/** Keeps `sorted` sorted. */
function insert(sorted: number[], value: number): void {
  let at = sorted.length;
  while (at > 0 && sorted[at - 1]! > value) at--;
  sorted.splice(at, 0, value);
}
