import { show } from '@nfnets/options';
import { type MLflowBatch, type MLflowMetric, type MLflowPair, mlflowBatches } from './mlflow-batches.js';
import { MLflowError } from './mlflow-server.js';

type Kind = keyof MLflowBatch;
type Item = MLflowMetric | MLflowPair;

const SINGULAR: Readonly<Record<Kind, string>> = { metrics: 'metric', params: 'parameter', tags: 'tag' };

/** After so many refused values, and none that was taken, a name is not tried any more. */
const REFUSALS = 3;

/**
 * What is to be sent to a run. What the server cannot take now stays, in its order; what it refuses is looked for among the rest
 * by halves, told, and left out, so that it holds up nothing else.
 */
export class MLflowQueue {
  private waiting: { readonly kind: Kind; readonly item: Item }[] = [];
  private sending: Promise<void> | undefined;
  private readonly taken = new Set<string>();
  private readonly refusals = new Map<string, number>();
  /** Why what is left could not be sent. */
  error: unknown;

  /**
   * @param ask Sends a request of `runs/log-batch`
   * @param tell Is told what the server refuses
   */
  constructor(
    private readonly ask: (batch: MLflowBatch) => Promise<unknown>,
    private readonly tell: (line: string) => void,
  ) {}

  get length(): number {
    return this.waiting.length;
  }

  add(kind: Kind, items: readonly Item[]): void {
    // Of a tag only the last value counts.
    if (kind === 'tags') {
      const keys = new Set(items.map(({ key }) => key));
      this.waiting = this.waiting.filter((entry) => entry.kind !== 'tags' || !keys.has(entry.item.key));
    }
    for (const item of items) this.waiting.push({ kind, item });
  }

  /** Sends all that waits, or as much as the server takes; never throws. */
  send(): Promise<void> {
    this.sending ??= this.sendAll().finally(() => {
      this.sending = undefined;
    });
    return this.sending;
  }

  private async sendAll(): Promise<void> {
    const settled = new Set<Item>();
    try {
      for (let batch = this.next(); batch; batch = this.next()) {
        await this.sendPart(batch.kind, batch.items, settled);
        this.remove(settled);
      }
      this.error = undefined;
    } catch (error) {
      this.error = error;
    } finally {
      this.remove(settled);
    }
  }

  private next(): { kind: Kind; items: readonly Item[] } | undefined {
    const of = (kind: Kind) => this.waiting.flatMap((entry) => (entry.kind === kind ? entry.item : []));
    const [batch] = mlflowBatches({ params: of('params') as MLflowPair[], tags: of('tags') as MLflowPair[] });
    const [metrics] = batch ? [] : mlflowBatches({ metrics: of('metrics').slice(0, 1000) as MLflowMetric[] });
    const [entry] = Object.entries(batch ?? metrics ?? {});
    return entry && { kind: entry[0] as Kind, items: entry[1] as readonly Item[] };
  }

  private remove(settled: Set<Item>): void {
    this.waiting = this.waiting.filter(({ item }) => !settled.has(item));
    settled.clear();
  }

  private async sendPart(kind: Kind, part: readonly Item[], settled: Set<Item>): Promise<void> {
    const items = part.filter((item) => !this.isHopeless(kind, item));
    for (const item of part) if (!items.includes(item)) settled.add(item);
    if (items.length === 0) return;
    try {
      await this.ask({ [kind]: items });
      for (const item of items) this.taken.add(`${kind} ${item.key}`);
    } catch (error) {
      if (!(error instanceof MLflowError && error.isRefusal)) throw error;
      if (items.length > 1) {
        const middle = Math.ceil(items.length / 2);
        await this.sendPart(kind, items.slice(0, middle), settled);
        await this.sendPart(kind, items.slice(middle), settled);
        return;
      }
      this.refuse(kind, items[0]!, error);
    }
    for (const item of items) settled.add(item);
  }

  private isHopeless(kind: Kind, { key }: Item): boolean {
    const name = `${kind} ${key}`;
    return !this.taken.has(name) && (this.refusals.get(name) ?? 0) >= REFUSALS;
  }

  private refuse(kind: Kind, item: Item, error: MLflowError): void {
    const name = `${kind} ${item.key}`;
    const count = (this.refusals.get(name) ?? 0) + 1;
    this.refusals.set(name, count);
    if (count > 1) return;
    const where = 'step' in item ? ` at step ${item.step}` : '';
    this.tell(
      `${error.message.slice(0, 400)}. The ${SINGULAR[kind]} \`${item.key}\` of ${show(item.value)}${where} is left out; the rest is logged.`,
    );
  }
}
