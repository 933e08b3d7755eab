import type { GroupSession, ProcessGroup } from '@nfnets/compiled-step';
import { GroupError } from './group-error.js';
import type { Meeting } from './meeting/meeting.js';
import { differenceOf, type Facts } from './members/facts.js';
import type { JoinSettings } from './members/join-options.js';
import { nameOf } from './members/member.js';
import { broadcast } from './tensorflow/broadcast.js';
import type { TensorFlow } from './tensorflow/library.js';
import { ServerSession } from './tensorflow/server-session.js';

/** What a process needs to take part in a group of several. */
export interface Connection {
  readonly tensorflow: TensorFlow;
  /** Of sessions on this process's server. */
  readonly target: string;
  readonly meeting: Meeting;
}

/** Processes that train together, and this one's place among them. See `joinGroup`. */
export interface Group extends ProcessGroup {
  /** Addresses of all, as they were joined with. */
  readonly hosts: readonly string[];
  /**
   * Waits until all processes have come here, and resolves to what each gave, by index.
   *
   * @param what Where "here" is, the same in all; they hear of it if they are at different places.
   * @param value What this process gives: what JSON can hold.
   * @throws GroupError when a process is gone, or at another place.
   */
  exchange<T>(what: string, value: T): Promise<readonly T[]>;
  /**
   * Overwrites `bytes` with those of the first process, to whom nothing happens. Stands still until all processes have come here.
   *
   * @param bytes Of one length in all processes.
   * @throws GroupError when a process is gone.
   */
  broadcast(bytes: Uint8Array): void;
  /** Leaves in good order. The others can make no more steps; TensorFlow's server stays until the process ends. */
  leave(): void;
}

/** See {@link Group}. */
export class JoinedGroup implements Group {
  readonly index: number;
  readonly size: number;
  readonly hosts: readonly string[];
  readonly threads: number;

  /** @param connection undefined in a group of one */
  constructor(
    private readonly settings: JoinSettings,
    private readonly connection: Connection | undefined,
  ) {
    this.index = settings.index;
    this.size = settings.members.length;
    this.hosts = settings.members.map(({ address }) => address);
    this.threads = settings.threads;
  }

  openSession(graph: Uint8Array): GroupSession {
    if (!this.connection) throw new GroupError('joinGroup: a group of one needs no session.');
    const { index, threads, timeoutSeconds } = this.settings;
    return new ServerSession(graph, { ...this.connection, index, threads, timeoutSeconds });
  }

  assertSame(what: string, facts: Facts): void {
    if (!this.connection) return;
    const given = this.connection.meeting.exchangeNow(what, facts) as Facts[];
    const named = this.settings.members.map((member) => ({ name: nameOf(member), facts: given[member.index]! }));
    const difference = differenceOf(named);
    if (difference !== undefined) throw new GroupError(`joinGroup: of ${what}, ${difference}.`);
  }

  async exchange<T>(what: string, value: T): Promise<readonly T[]> {
    if (!this.connection) return [value];
    return (await this.connection.meeting.exchange(what, value)) as T[];
  }

  broadcast(bytes: Uint8Array): void {
    if (!this.connection) return;
    this.assertSame('what is broadcast', { bytes: bytes.length });
    broadcast(bytes, { index: this.index, size: this.size, openSession: (graph) => this.openSession(graph) });
  }

  leave(): void {
    this.connection?.meeting.leave();
  }
}
