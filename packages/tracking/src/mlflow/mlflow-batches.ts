/** A point of a metric, as MLflow's REST API takes it: `value` is a string where JSON has no such number. */
export interface MLflowMetric {
  readonly key: string;
  readonly value: number | 'NaN' | 'Infinity' | '-Infinity';
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly step: number;
}

/** A parameter or a tag. */
export interface MLflowPair {
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
/** Bytes of the items of one request: MLflow takes 1,000,000 in all. */
const MOST_BYTES = 900_000;
/** Characters of a value, by kind. */
export const VALUE_LIMITS = { params: 6000, tags: 5000 } as const;
/** Characters of a name. */
export const KEY_LIMIT = 250;

/** Cuts what is to be logged into requests within MLflow's limits, each of one kind, in the given order. */
export function mlflowBatches({ params = [], tags = [], metrics = [] }: MLflowBatch): MLflowBatch[] {
  return [
    ...chunks(params, LIMITS.params).map((params) => ({ params })),
    ...chunks(tags, LIMITS.tags).map((tags) => ({ tags })),
    ...chunks(metrics, LIMITS.metrics).map((metrics) => ({ metrics })),
  ];
}

/** A metric's point under the name `key`. */
export function mlflowMetric(key: string, value: number, step: number, timestamp: number): MLflowMetric {
  const written = Number.isFinite(value) ? value : (String(value) as 'NaN');
  return { key: mlflowKey(key), value: written, timestamp, step };
}

/**
 * A name as MLflow takes it: letters, digits, `_-.: /`, at most 250 of them. It must be one as a path too, so empty parts between
 * slashes are left out, and `.` and `..` become `_` and `__`.
 */
export function mlflowKey(name: string): string {
  const parts = name
    .replace(/[^\w\-.: /]/g, '_')
    .split('/')
    .filter((part) => part !== '')
    .map((part) => (part === '.' || part === '..' ? '_'.repeat(part.length) : part));
  return parts.join('/').slice(0, KEY_LIMIT).replace(/\/+$/, '') || '_';
}

/** Pieces of `items` in their order, each of at most `size` items and of the bytes that a request may have. */
function chunks<T>(items: readonly T[], size: number): T[][] {
  const pieces: T[][] = [];
  let bytes = 0;
  for (const item of items) {
    const own = 3 * JSON.stringify(item).length;
    const last = pieces.at(-1);
    if (last && last.length < size && bytes + own <= MOST_BYTES) {
      last.push(item);
      bytes += own;
    } else {
      pieces.push([item]);
      bytes = own;
    }
  }
  return pieces;
}
