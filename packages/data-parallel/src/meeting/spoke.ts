import { connect, type Socket } from 'node:net';
import { nameOf } from '../members/member.js';
import type { Side, Told } from './hub.js';
import { receive, send } from './messages.js';
import { Reach } from './reach.js';
import type { ThreadData } from './thread-data.js';
import { Watch } from './watch.js';

/** Milliseconds until the first process is called again, while it is not there yet; and until a call without an answer is given up. */
const [RETRY, ANSWER] = [200, 5000];

/** The side of a meeting of any process but the first. */
export class Spoke implements Side {
  private socket: Socket | undefined;
  private watch: Watch | undefined;
  private reach: Reach | undefined;
  private isOver = false;
  /** Why the first process could not be called. */
  private fault = 'no answer';
  private readonly deadline: number;
  private readonly beat: NodeJS.Timeout;

  constructor(
    private readonly data: ThreadData,
    private readonly told: Told,
  ) {
    this.deadline = performance.now() + data.joinSeconds * 1000;
    this.beat = setInterval(() => this.look(), Watch.interval(data.timeoutSeconds));
    this.call();
  }

  give(round: number, what: string, value: unknown): void {
    this.say({ type: 'give', round, what, value });
  }

  fail(reason: string): void {
    this.say({ type: 'over', reason });
  }

  leave(): void {
    this.isOver = true;
    clearInterval(this.beat);
    this.socket?.end(`${JSON.stringify({ type: 'leave' })}\n`);
  }

  private get first(): string {
    return nameOf(this.data.members[0]!);
  }

  private call(): void {
    const { members, index, facts, timeoutSeconds, joinSeconds } = this.data;
    const { host, port } = members[0]!;
    const socket = connect({ host, port });
    let isMet = false;
    const left = Math.max(1, this.deadline - performance.now());
    // A call that only the deadline cuts short tells less than those before it.
    const patience = setTimeout(
      () => socket.destroy(left < ANSWER ? undefined : new Error('no answer')),
      Math.min(ANSWER, left),
    );
    socket.on('error', (error) => {
      this.fault = error.message;
    });
    socket.on('connect', () => {
      clearTimeout(patience);
      isMet = true;
      this.watch = new Watch(timeoutSeconds);
      this.socket = socket;
      send(socket, { type: 'hello', index, facts });
    });
    socket.on('close', () => {
      clearTimeout(patience);
      if (this.isOver) return;
      if (isMet) return this.end(`${this.first} has ended`);
      if (performance.now() < this.deadline) return void setTimeout(() => this.call(), RETRY);
      this.end(`${this.first} was not there within ${joinSeconds} s: ${this.fault}`);
    });
    receive(socket, (message) => {
      this.watch?.hear();
      if (message.type === 'given') this.told.given(message.round, message.values);
      else if (message.type === 'over') this.end(message.reason);
      else if (message.type === 'leave') this.end(`${this.first} has left the group`);
      else if (message.type === 'welcome') {
        const servers = members.map((member) => (member.index === 0 ? { ...member, port: message.port } : member));
        this.reach = new Reach(
          servers.filter((member) => member.index !== index),
          timeoutSeconds,
        );
        this.told.joined(message.port);
      }
    });
  }

  private look(): void {
    this.say({ type: 'beat', at: this.told.activity() });
    const unreached = this.reach?.look(this.told.call());
    if (unreached !== undefined) this.say({ type: 'cut', to: unreached });
    if (this.watch?.isSilent()) this.end(`${this.first} has given no sign of life for ${this.data.timeoutSeconds} s`);
  }

  private say(message: Parameters<typeof send>[1]): void {
    if (this.socket) send(this.socket, message);
  }

  private end(reason: string): void {
    if (this.isOver) return;
    this.isOver = true;
    clearInterval(this.beat);
    this.socket?.destroy();
    this.told.over(reason);
  }
}
