import type { MessagePort } from 'node:worker_threads';
import type { Facts } from '../members/facts.js';
import type { Member } from '../members/member.js';

/** What the thread of a meeting is started with. */
export interface ThreadData {
  readonly members: readonly Member[];
  readonly index: number;
  readonly timeoutSeconds: number;
  readonly joinSeconds: number;
  readonly facts: Facts;
  /** Path of TensorFlow's library. */
  readonly library: string;
  /** See {@link SharedState}. */
  readonly state: SharedArrayBuffer;
  /** Where {@link Request}s come from and {@link Reply}s go. */
  readonly port: MessagePort;
}

/** What the process tells its thread. */
export type Request =
  | { readonly type: 'give'; readonly round: number; readonly what: string; readonly value: unknown }
  | { readonly type: 'fail'; readonly reason: string }
  | { readonly type: 'leave' };

/** What the thread tells its process. */
export type Reply =
  | { readonly type: 'joined'; readonly port: number }
  | { readonly type: 'given'; readonly round: number; readonly values: readonly unknown[] }
  | { readonly type: 'over'; readonly reason: string };

/** Most sessions that are open at once. */
const SESSIONS = 64;

/** Memory of a process and the thread of its meeting, by which each sees what the other is at while that is in a call. */
export class SharedState {
  private readonly numbers: Int32Array;
  private readonly sessions: BigUint64Array;

  constructor(readonly buffer: SharedArrayBuffer = new SharedArrayBuffer(16 + 8 * SESSIONS)) {
    this.numbers = new Int32Array(buffer, 0, 4);
    this.sessions = new BigUint64Array(buffer, 16, SESSIONS);
  }

  /** Number of the graph call that the process is in; 0 outside of one. */
  get call(): number {
    return Atomics.load(this.numbers, 0);
  }

  set call(number: number) {
    Atomics.store(this.numbers, 0, number);
  }

  /** Tells a waiting process that there is a reply. */
  notify(): void {
    Atomics.add(this.numbers, 1, 1);
    Atomics.notify(this.numbers, 1);
  }

  /** How many replies there were. */
  get replies(): number {
    return Atomics.load(this.numbers, 1);
  }

  /** Stops this thread until there are more than `seen` replies, or for `milliseconds`. */
  waitForReply(seen: number, milliseconds: number): void {
    Atomics.wait(this.numbers, 1, seen, milliseconds);
  }

  /** Notes a session of TensorFlow's, to be closed when a process is gone; returns its place. */
  add(session: bigint): number {
    const place = this.sessions.findIndex((_, i) => Atomics.compareExchange(this.sessions, i, 0n, session) === 0n);
    if (place >= 0) return place;
    throw new RangeError(
      `joinGroup: at most ${SESSIONS} programs can be open in a group. Dispose those that are done.`,
    );
  }

  /** Takes a session out; undefined if somebody else has. */
  take(place: number): bigint | undefined {
    return Atomics.exchange(this.sessions, place, 0n) || undefined;
  }

  /** Takes out all sessions. */
  takeAll(): bigint[] {
    return [...this.sessions.keys()].flatMap((place) => this.take(place) ?? []);
  }
}
