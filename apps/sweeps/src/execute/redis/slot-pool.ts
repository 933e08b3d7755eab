/** Slots of a worker, taken several at a time, by who came first. */
export class SlotPool<Slot> {
  private readonly free: Slot[];
  private readonly waiting: { readonly count: number; readonly take: (slots: Slot[]) => void }[] = [];

  constructor(private readonly all: readonly Slot[]) {
    this.free = [...all];
  }

  /** Waits for `count` slots, or for all where there are fewer. */
  take(count: number): Promise<Slot[]> {
    return new Promise((resolve) => {
      this.waiting.push({ count: Math.min(count, this.all.length), take: resolve });
      this.deal();
    });
  }

  give(slots: readonly Slot[]): void {
    this.free.push(...slots);
    this.deal();
  }

  private deal(): void {
    for (let next = this.waiting[0]; next && next.count <= this.free.length; next = this.waiting[0]) {
      this.waiting.shift();
      next.take(this.free.splice(0, next.count));
    }
  }
}
