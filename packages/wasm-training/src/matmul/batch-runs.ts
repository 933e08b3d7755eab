/** Neighbouring items of a batch whose operands are evenly spaced. */
export interface BatchRun {
  readonly first: number;
  readonly count: number;
  /** Item of each operand that belongs to the first, and items from one to the next: 1, or 0 for one operand for all. */
  readonly firstA: number;
  readonly stepOfA: number;
  readonly firstB: number;
  readonly stepOfB: number;
}

/** The items of a batch of shape `batch`, as which operands with the batch shapes `ofA` and `ofB` are broadcast, in as few runs as are simple. */
export function batchRuns(batch: readonly number[], ofA: readonly number[], ofB: readonly number[]): BatchRun[] {
  const count = product(batch);
  const [stepOfA, stepOfB] = [evenStep(count, ofA), evenStep(count, ofB)];
  if (stepOfA !== undefined && stepOfB !== undefined) {
    return count === 0 ? [] : [{ first: 0, count, firstA: 0, stepOfA, firstB: 0, stepOfB }];
  }
  return Array.from({ length: count }, (_, first) => ({
    first,
    count: 1,
    firstA: broadcastIndex(first, batch, ofA),
    stepOfA: 0,
    firstB: broadcastIndex(first, batch, ofB),
    stepOfB: 0,
  }));
}

function evenStep(count: number, shape: readonly number[]): 0 | 1 | undefined {
  const own = product(shape);
  if (own === count) return 1;
  return own === 1 ? 0 : undefined;
}

/** Where element `index` of an array of shape `shape` comes from in one of shape `from` that broadcasts to it. */
function broadcastIndex(index: number, shape: readonly number[], from: readonly number[]): number {
  let rest = index;
  let result = 0;
  let stride = 1;
  for (let axis = 1; axis <= from.length; axis++) {
    const size = shape.at(-axis)!;
    const ownSize = from.at(-axis)!;
    if (ownSize !== 1) result += (rest % size) * stride;
    stride *= ownSize;
    rest = Math.floor(rest / size);
  }
  return result;
}

function product(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}
