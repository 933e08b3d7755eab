import type { ProcessGroup } from '@nfnets/compiled-step';
import { type BatchPart, type Dataset, partOfBatch } from '@nfnets/data';

/** Processes that train together, as `joinGroup()` of `@nfnets/data-parallel` gives them. */
export interface TrainGroup extends ProcessGroup {
  /** Waits until all have come here, and resolves to what each gave, by index. */
  exchange<T>(what: string, value: T): Promise<readonly T[]>;
  /** Overwrites `bytes`, of which there are as many in all, with those of the first. */
  broadcast(bytes: Uint8Array): void;
}

/** What a process has to know of a batch that it shares. */
export interface SharedBatch {
  /** Samples of the whole batch. */
  readonly samples: number;
  /** The rows of this process's part. */
  readonly rows: readonly [from: number, to: number];
  /** Whether the part has no sample, and one that does not count stands in. */
  readonly isStandIn: boolean;
}

/** A run's processes, or this one alone. */
export class Together {
  readonly size: number;
  readonly index: number;
  /** Only where there are several. */
  readonly group: TrainGroup | undefined;

  constructor(group: TrainGroup | undefined) {
    this.size = group?.size ?? 1;
    this.index = group?.index ?? 0;
    this.group = this.size > 1 ? group : undefined;
  }

  /** Whether this process writes what one alone should. */
  get isFirst(): boolean {
    return this.index === 0;
  }

  /** What to ask of `data`: where batches are not to be seen whole and it can draw parts, this process's alone. */
  partOf(data: Dataset, isWhole: boolean): BatchPart | undefined {
    return this.group && !isWhole && data.hasParts ? { index: this.index, count: this.size } : undefined;
  }

  /** This process's rows of a batch of so many samples. */
  share(samples: number): SharedBatch {
    const [from, to] = partOfBatch(samples, { index: this.index, count: this.size });
    return from === to ? { samples, rows: [0, 1], isStandIn: true } : { samples, rows: [from, to], isStandIn: false };
  }

  /** What each process gave, by index. */
  async exchange<T>(what: string, value: T): Promise<readonly T[]> {
    return this.group ? this.group.exchange(what, value) : [value];
  }

  /** What the first process has. */
  async ofFirst<T>(what: string, value: T): Promise<T> {
    return (await this.exchange(what, value))[0]!;
  }

  /** Throws unless all have the same. */
  assertSame(what: string, facts: Readonly<Record<string, unknown>>): void {
    this.group?.assertSame(what, facts);
  }
}
