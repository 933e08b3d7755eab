import { connect } from 'node:net';
import type { Member } from '../members/member.js';
import { Watch } from './watch.js';

/** Shares of the timeout: how long a graph call lasts before the others are called up, one may take to answer, and cannot be reached. */
const [PATIENCE, ANSWER, UNREACHED] = [0.2, 0.3, 0.4];

/**
 * Which of the other processes cannot be reached from here. All of them speak with the first, but gradients go from each to the next: where
 * two are cut off from each other, all would wait. Asked only in graph calls that take long, by opening a connection.
 */
export class Reach {
  private call = 0;
  private callSince = 0;
  private looked = performance.now();
  private readonly asked = new Set<number>();
  /** Since when processes were not reached. */
  private readonly missing = new Map<number, number>();

  /** @param others at the addresses of their servers */
  constructor(
    private readonly others: readonly Pick<Member, 'index' | 'host' | 'port'>[],
    private readonly timeoutSeconds: number,
  ) {}

  /** To be asked at every interval with the number of the graph call, 0 outside of one; the index of a process that cannot be reached. */
  look(call: number): number | undefined {
    const now = performance.now();
    // While this process itself stood still, no answer could be heard.
    const stood = now - this.looked > 5 * Watch.interval(this.timeoutSeconds);
    this.looked = now;
    if (call !== this.call || call === 0 || stood) {
      this.call = call;
      this.callSince = now;
      this.missing.clear();
      return undefined;
    }
    if (now - this.callSince < this.share(PATIENCE)) return undefined;
    for (const other of this.others) if (!this.asked.has(other.index)) this.ask(other, now);
    for (const [index, since] of this.missing) if (now - since >= this.share(UNREACHED)) return index;
    return undefined;
  }

  private ask({ index, host, port }: (typeof this.others)[number], now: number): void {
    this.asked.add(index);
    let isReached = false;
    const socket = connect({ host, port });
    // A connection that was made meanwhile is heard of before it is judged.
    const timer = setTimeout(() => setImmediate(() => socket.destroy()), this.share(ANSWER));
    socket.on('connect', () => {
      isReached = true;
      socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      this.asked.delete(index);
      if (isReached) this.missing.delete(index);
      else if (!this.missing.has(index) && now >= this.callSince) this.missing.set(index, now);
    });
  }

  private share(share: number): number {
    return share * this.timeoutSeconds * 1000;
  }
}
