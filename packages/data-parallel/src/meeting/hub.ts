import { createServer, type Server, type Socket } from 'node:net';
import { differenceOf, type Facts } from '../members/facts.js';
import { nameOf } from '../members/member.js';
import { type Activity, type Message, receive, send } from './messages.js';
import { Reach } from './reach.js';
import type { ThreadData } from './thread-data.js';
import { Watch } from './watch.js';

/** What a side of a meeting tells its own process. */
export interface Told {
  joined(port: number): void;
  given(round: number, values: readonly unknown[]): void;
  over(reason: string): void;
  /** What the process is at. */
  activity(): Activity;
  /** Number of the graph call that it is in; 0 outside of one. */
  call(): number;
}

/** What a process can do in a meeting. */
export interface Side {
  give(round: number, what: string, value: unknown): void;
  /** Ends the group for all. */
  fail(reason: string): void;
  leave(): void;
}

interface Peer {
  readonly socket: Socket;
  readonly facts: Facts;
  readonly watch: Watch;
  activity: Activity;
}

/** Names that may come to be known while others join: those of pods, say. */
const LATER = ['ENOTFOUND', 'EAI_AGAIN'];
/** Milliseconds until it is tried again to listen at such a name. */
const RETRY = 500;

/** The first process's side of a meeting: all others are connected with it. */
export class Hub implements Side {
  private readonly server: Server;
  private readonly peers = new Map<number, Peer>();
  private readonly gifts = new Map<number, { what: string; value: unknown }[]>();
  private isOver = false;
  private hasLeft = false;
  private isClosed = false;
  private readonly beat: NodeJS.Timeout;
  private readonly patience: NodeJS.Timeout;
  /** Since when some processes wait in a call and others in an exchange. */
  private apartSince: number | undefined;
  private readonly reach: Reach;
  /** Connections that have not said who they are. */
  private readonly strangers = new Set<Socket>();

  /** @param port where this process's server of TensorFlow will listen */
  constructor(
    private readonly data: ThreadData,
    private readonly port: number,
    private readonly told: Told,
  ) {
    const { members, joinSeconds, timeoutSeconds } = data;
    const { host, port: own, address } = members[0]!;
    const deadline = performance.now() + joinSeconds * 1000;
    this.server = createServer((socket) => this.meet(socket));
    const listen = () => this.isClosed || this.server.listen(own, host);
    this.server.on('error', (error: NodeJS.ErrnoException) => {
      if (LATER.includes(error.code ?? '') && performance.now() < deadline) return void setTimeout(listen, RETRY);
      this.end(`cannot listen at ${address}: ${error.message}`);
    });
    listen();
    this.reach = new Reach(members.slice(1), timeoutSeconds);
    this.patience = setTimeout(() => {
      const missing = members.slice(1).filter(({ index }) => !this.peers.has(index));
      this.end(`${missing.map(nameOf).join(', ')} did not come within ${joinSeconds} s`);
    }, joinSeconds * 1000);
    this.beat = setInterval(() => this.look(), Watch.interval(timeoutSeconds));
  }

  give(round: number, what: string, value: unknown): void {
    this.take(0, round, what, value);
  }

  fail(reason: string): void {
    this.end(`${nameOf(this.data.members[0]!)}: ${reason}`);
  }

  leave(): void {
    this.hasLeft = true;
    this.close((socket) => socket.end(`${JSON.stringify({ type: 'leave' } satisfies Message)}\n`));
  }

  private meet(socket: Socket): void {
    let index: number | undefined;
    this.strangers.add(socket);
    // One who connects and says nothing.
    const patience = setTimeout(() => socket.destroy(), this.data.timeoutSeconds * 1000);
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(patience);
      this.strangers.delete(socket);
      if (index !== undefined && this.peers.get(index)?.socket === socket) this.lose(index, 'has ended');
    });
    receive(socket, (message) => {
      if (index !== undefined) return this.hear(index, message);
      if (message.type !== 'hello') return void socket.destroy();
      index = this.admit(socket, message);
      if (index === undefined) return;
      clearTimeout(patience);
      this.strangers.delete(socket);
    });
  }

  private admit(socket: Socket, { index, facts }: Extract<Message, { type: 'hello' }>): number | undefined {
    const { members, timeoutSeconds } = this.data;
    const refuse = (reason: string) => {
      send(socket, { type: 'over', reason });
      socket.end();
      return undefined;
    };
    if (Object(facts) !== facts) return refuse('it did not say what it is');
    if (!(Number.isInteger(index) && index > 0 && index < members.length)) {
      return refuse(`there is no process ${JSON.stringify(index)} among ${members.length}`);
    }
    const member = members[index]!;
    if (this.peers.has(index)) return refuse(`${nameOf(member)} is there already`);
    const difference = differenceOf([
      { name: nameOf(members[0]!), facts: this.data.facts },
      { name: nameOf(member), facts },
    ]);
    if (difference !== undefined) {
      refuse(difference);
      this.end(difference);
      return undefined;
    }
    this.peers.set(index, { socket, facts, watch: new Watch(timeoutSeconds), activity: 'work' });
    if (this.peers.size === members.length - 1) {
      clearTimeout(this.patience);
      for (const { socket: each } of this.peers.values()) send(each, { type: 'welcome', port: this.port });
      this.told.joined(this.port);
    }
    return index;
  }

  private hear(index: number, message: Message): void {
    const peer = this.peers.get(index);
    if (!peer) return;
    peer.watch.hear();
    if (message.type === 'beat') peer.activity = message.at;
    else if (message.type === 'give') this.take(index, message.round, message.what, message.value);
    else if (message.type === 'leave') this.lose(index, 'has left the group');
    else if (message.type === 'cut') this.part(index, message.to);
    else if (message.type === 'over') this.end(`${nameOf(this.data.members[index]!)}: ${message.reason}`);
  }

  private take(index: number, round: number, what: string, value: unknown): void {
    const { members } = this.data;
    const gifts = this.gifts.get(round) ?? [];
    this.gifts.set(round, gifts);
    gifts[index] = { what, value };
    if (Object.keys(gifts).length < members.length) return;
    this.gifts.delete(round);
    const difference = differenceOf(
      members.map((member) => ({ name: nameOf(member), facts: { at: gifts[member.index]!.what } })),
    );
    if (difference !== undefined) {
      this.end(difference);
      return;
    }
    const values = gifts.map((gift) => gift.value);
    for (const { socket } of this.peers.values()) send(socket, { type: 'given', round, values });
    this.told.given(round, values);
  }

  /** Shows that this process lives, and looks whether the others do. */
  private look(): void {
    const { members, timeoutSeconds } = this.data;
    for (const [index, { socket, watch }] of this.peers) {
      send(socket, { type: 'beat', at: 'work' });
      if (watch.isSilent()) this.lose(index, `has given no sign of life for ${timeoutSeconds} s`);
    }
    if (this.peers.size < members.length - 1) return;
    const unreached = this.reach.look(this.told.call());
    if (unreached !== undefined) this.part(0, unreached);
    const activities = [this.told.activity(), ...[...this.peers.values()].map(({ activity }) => activity)];
    const areApart = activities.every((each) => each !== 'work') && new Set(activities).size > 1;
    if (!areApart) this.apartSince = undefined;
    else this.apartSince ??= performance.now();
    if (this.apartSince === undefined || performance.now() - this.apartSince < timeoutSeconds * 1000) return;
    const said = activities.map((at, i) => `${nameOf(members[i]!)} in ${at === 'call' ? 'a step' : 'an exchange'}`);
    this.end(`the processes wait for each other at different places: ${said.join(', ')}`);
  }

  /** Two that cannot reach each other. */
  private part(one: number, other: number): void {
    const { members } = this.data;
    if (!members[other]) return;
    const [first, second] = [members[Math.min(one, other)]!, members[Math.max(one, other)]!];
    this.end(`${nameOf(first)} and ${nameOf(second)} cannot reach each other`);
  }

  private lose(index: number, what: string): void {
    this.peers.get(index)?.socket.destroy();
    this.peers.delete(index);
    this.end(`${nameOf(this.data.members[index]!)} ${what}`);
  }

  /** Tells all that it is over. */
  private end(reason: string): void {
    if (this.isOver || this.hasLeft) return;
    this.isOver = true;
    this.close((socket) => socket.end(`${JSON.stringify({ type: 'over', reason } satisfies Message)}\n`));
    this.told.over(reason);
  }

  private close(endPeer: (socket: Socket) => void): void {
    clearTimeout(this.patience);
    clearInterval(this.beat);
    this.isClosed = true;
    for (const socket of this.strangers) socket.destroy();
    const peers = [...this.peers.values()];
    this.peers.clear();
    for (const { socket } of peers) endPeer(socket);
    this.server.close();
  }
}
