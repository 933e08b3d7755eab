interface Entry<Value> {
  readonly cost: number;
  readonly value: Promise<Value>;
  /** In the making, or waiting for room, it cannot be given up. */
  isMade: boolean;
}

/**
 * Keeps what was asked for last, up to a limit that counts what is in the making too: what finds no room waits until something
 * else is made. One thing that costs more than the limit is made alone, and kept until the next.
 */
export class BoundedCache<Key, Value> {
  private readonly entries = new Map<Key, Entry<Value>>();
  private readonly waiting: { readonly cost: number; readonly start: () => void }[] = [];
  private used = 0;

  constructor(private readonly limit: number) {}

  /** What is kept under `key`, or else what `make` gives. What fails is not kept. */
  get(key: Key, cost: number, make: () => Promise<Value>): Promise<Value> {
    const found = this.entries.get(key);
    if (found) {
      // A map lists its keys by the time they were set: the first is the one that was not asked for the longest.
      this.entries.delete(key);
      this.entries.set(key, found);
      return found.value;
    }
    const value = new Promise<void>((start) => this.waiting.push({ cost, start })).then(make);
    const entry: Entry<Value> = { cost, value, isMade: false };
    this.entries.set(key, entry);
    value.then(
      () => {
        entry.isMade = true;
        this.admit();
      },
      () => {
        this.entries.delete(key);
        this.used -= cost;
        this.admit();
      },
    );
    this.admit();
    return value;
  }

  private admit(): void {
    for (let next = this.waiting[0]; next && this.hasRoom(next.cost); next = this.waiting[0]) {
      this.waiting.shift();
      this.used += next.cost;
      next.start();
    }
  }

  private hasRoom(cost: number): boolean {
    for (const [key, entry] of this.entries) {
      if (this.used + cost <= this.limit) return true;
      if (!entry.isMade) continue;
      this.entries.delete(key);
      this.used -= entry.cost;
    }
    return this.used === 0 || this.used + cost <= this.limit;
  }
}
