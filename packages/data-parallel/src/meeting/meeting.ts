import { MessageChannel, receiveMessageOnPort, type Worker } from 'node:worker_threads';
import { GroupError } from '../group-error.js';
import { startThread } from './start-thread.js';
import { type Reply, type Request, SharedState, type ThreadData } from './thread-data.js';

/** This process's part in the meeting of a group, which goes on in a thread of its own. */
export class Meeting {
  readonly state = new SharedState();
  private readonly thread: Worker;
  // Without a listener: who stands still in a call has no events.
  private readonly port;
  private round = 0;
  private reason: string | undefined;
  private hasJoined = false;

  constructor(data: Omit<ThreadData, 'state' | 'port'>) {
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    this.thread = startThread({ ...data, state: this.state.buffer, port: port2 });
    this.thread.on('error', (error) => {
      this.reason ??= `the thread that keeps in touch with the others ended: ${error.message}`;
    });
    this.thread.unref();
  }

  /** Waits until all are there; resolves to the port of the first process's server. */
  async join(): Promise<number> {
    const { port } = await this.nextReply('joined');
    this.hasJoined = true;
    return port;
  }

  /** Waits until all have come to the same exchange; resolves to what they gave, by index. */
  async exchange(what: string, value: unknown): Promise<readonly unknown[]> {
    this.give(what, value);
    return (await this.nextReply('given')).values;
  }

  /** {@link exchange} for those who can wait only by standing still. */
  exchangeNow(what: string, value: unknown): readonly unknown[] {
    this.give(what, value);
    for (;;) {
      const seen = this.state.replies;
      const reply = this.takeReply('given');
      if (reply) return reply.values;
      this.state.waitForReply(seen, 1000);
    }
  }

  /** Throws where the group is over. */
  assertTogether(): void {
    this.takeReply();
  }

  /** Waits at most `seconds` for word that the group is over; returns why. */
  whyOver(seconds: number): GroupError | undefined {
    const end = performance.now() + seconds * 1000;
    for (;;) {
      const seen = this.state.replies;
      try {
        this.assertTogether();
      } catch (error) {
        if (error instanceof GroupError) return error;
        throw error;
      }
      const left = end - performance.now();
      if (left <= 0) return undefined;
      this.state.waitForReply(seen, left);
    }
  }

  /** Ends the group for all, if it is not over. */
  fail(reason: string): void {
    this.say({ type: 'fail', reason });
  }

  leave(): void {
    if (this.reason !== undefined) return void this.thread.terminate();
    this.reason = 'this process has left the group';
    this.say({ type: 'leave' });
  }

  private give(what: string, value: unknown): void {
    this.assertTogether();
    this.say({ type: 'give', round: ++this.round, what, value });
  }

  private say(request: Request): void {
    this.port.postMessage(request);
  }

  private async nextReply<Type extends Reply['type']>(type: Type): Promise<Extract<Reply, { type: Type }>> {
    for (;;) {
      const reply = this.takeReply(type);
      if (reply) return reply;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  private takeReply<Type extends Reply['type']>(type?: Type): Extract<Reply, { type: Type }> | undefined {
    const reply = receiveMessageOnPort(this.port)?.message as Reply | undefined;
    if (reply?.type === 'over') this.reason ??= reply.reason;
    if (this.reason !== undefined) throw new GroupError(`joinGroup: ${this.reason}.`, { isLoss: this.hasJoined });
    if (!reply) return undefined;
    if (reply.type !== type) throw new Error(`joinGroup: expected the reply '${type}', got '${reply.type}'.`);
    return reply as Extract<Reply, { type: Type }>;
  }
}
