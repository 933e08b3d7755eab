import type { TensorValues } from './tensorflow/tensorflow-binding.js';

/** A tensor that a session of a group gives. */
export interface GroupTensor {
  readonly shape: readonly number[];
  /** TensorFlow's number of the type, as in the graph. */
  readonly dtype: number;
  readonly values: TensorValues;
}

/** What a session of a group is asked to do. */
export interface GroupCall {
  /** What is fed. */
  readonly feeds: readonly { readonly name: string; readonly shape: readonly number[]; readonly dtype: number }[];
  /** Names of the nodes that are fetched. */
  readonly fetches: readonly string[];
  /** Whether the processes meet in it: all make the same such calls in the same order. */
  readonly isShared: boolean;
}

/** A session of TensorFlow's in which the processes of a group meet. */
export interface GroupSession {
  /** Feeds `values`, one for each of `feeds`, and returns what was fetched. Throws where a process of the group is gone. */
  run(call: GroupCall, values: readonly TensorValues[]): GroupTensor[];
  /** Why the session has no values any more; undefined while it has them. */
  readonly lost: Error | undefined;
  dispose(): void;
}

/** Processes that make every step together, as `joinGroup` of `@nfnets/data-parallel` gives them. */
export interface ProcessGroup {
  /** Number of this process, from 0. */
  readonly index: number;
  /** How many processes there are. */
  readonly size: number;
  /** Threads among which this process splits an op. */
  readonly threads: number;
  /** Opens a session on a serialized `GraphDef`, whose collective ops name this group by `GROUP_KEY`. */
  openSession(graph: Uint8Array): GroupSession;
  /** Waits for all processes to say what they have, and throws at all of them where it is not the same, with the difference. */
  assertSame(what: string, facts: Readonly<Record<string, unknown>>): void;
}

/** Number of the group of all processes, among TensorFlow's groups. */
export const GROUP_KEY = 1;
