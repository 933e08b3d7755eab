/** A point of a metric, as MLflow's REST API takes it: `value` is a string where JSON has no such number. */
export interface MLflowMetric {
  readonly key: string;
  readonly value: number | 'NaN' | 'Infinity' | '-Infinity';
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly step: number;
}

interface MLflowPair {
  readonly key: string;
  readonly value: string;
}

/** What `runs/log-batch` takes at once. */
export interface MLflowBatch {
  readonly metrics?: readonly MLflowMetric[];
  readonly params?: readonly MLflowPair[];
  readonly tags?: readonly MLflowPair[];
}

/** Largest number of each in one request; also 1000 of all together. */
const LIMITS = { metrics: 1000, params: 100, tags: 100 } as const;

/** Cuts what is to be logged into requests within MLflow's limits, each of one kind, in the given order. */
export function mlflowBatches({ params = [], tags = [], metrics = [] }: MLflowBatch): MLflowBatch[] {
  return [
    ...chunks(params, LIMITS.params).map((params) => ({ params })),
    ...chunks(tags, LIMITS.tags).map((tags) => ({ tags })),
    ...chunks(metrics, LIMITS.metrics).map((metrics) => ({ metrics })),
  ];
}

/** A metric's point; what MLflow forbids in a name becomes `_`. */
export function mlflowMetric(name: string, value: number, step: number, timestamp: number): MLflowMetric {
  const written = Number.isFinite(value) ? value : (String(value) as 'NaN');
  return { key: mlflowKey(name), value: written, timestamp, step };
}

/** A name as MLflow takes it: letters, digits, `_-.: /`, at most 250 of them. */
export function mlflowKey(name: string): string {
  return name.replace(/[^\w\-.: /]/g, '_').slice(0, 250);
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
