/** Sizes of a tensor of which the axis in the middle is reduced. */
export type ReductionStep = readonly [outer: number, reduced: number, inner: number];

/**
 * The steps that reduce `axes` of a tensor of shape `shape`, neighbouring ones together, the last ones first; none where all of them have
 * one element.
 */
export function reductionSteps(shape: readonly number[], axes: readonly number[]): ReductionStep[] {
  const runs: { size: number; isReduced: boolean }[] = [];
  for (const [axis, size] of shape.entries()) {
    // An axis of one element may count as either kind.
    if (size === 1) continue;
    const isReduced = axes.includes(axis);
    const last = runs.at(-1);
    if (last?.isReduced === isReduced) last.size *= size;
    else runs.push({ size, isReduced });
  }
  const steps: ReductionStep[] = [];
  let inner = 1;
  while (runs.length > 0) {
    const { size, isReduced } = runs.pop()!;
    if (isReduced) steps.push([runs.reduce((outer, run) => outer * run.size, 1), size, inner]);
    else inner *= size;
  }
  return steps;
}

/** The step that reduces `axes`; `undefined` where axes that stay lie between them. */
export function reductionLayout(shape: readonly number[], axes: readonly number[]): ReductionStep | undefined {
  const steps = reductionSteps(shape, axes);
  if (steps.length > 1) return undefined;
  return steps[0] ?? [shape.reduce((size, each) => size * each, 1), 1, 1];
}
