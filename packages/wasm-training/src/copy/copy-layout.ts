/** `count` runs of `length` elements, the first at `start` and each `stride` after the one before. */
export interface Runs {
  readonly start: number;
  readonly stride: number;
  readonly length: number;
  readonly count: number;
}

/** The runs of memory that make up the slice from `begin` of shape `size` of a tensor of shape `shape`, in order. */
export function mergeSlice(shape: readonly number[], begin: readonly number[], size: readonly number[]): Runs[] {
  // An axis that is taken whole joins the one before it: fewer and longer runs.
  const axes: { whole: number; begin: number; size: number }[] = [{ whole: 1, begin: 0, size: 1 }];
  for (const [axis, whole] of shape.entries()) {
    const last = axes.at(-1)!;
    if (size[axis] === whole || (last.whole === 1 && axes.length === 1)) {
      last.size *= size[axis]!;
      last.begin = last.begin * whole + begin[axis]!;
      last.whole *= whole;
    } else {
      axes.push({ whole, begin: begin[axis]!, size: size[axis]! });
    }
  }
  const run = axes.pop()!;
  const rows = axes.pop() ?? { whole: 1, begin: 0, size: 1 };
  const stride = run.whole;
  let starts = [rows.begin * stride + run.begin];
  let step = stride * rows.whole;
  for (const axis of axes.reverse()) {
    const offsets = Array.from({ length: axis.size }, (_, i) => (axis.begin + i) * step);
    starts = offsets.flatMap((offset) => starts.map((start) => offset + start));
    step *= axis.whole;
  }
  return starts.map((start) => ({ start, stride, length: run.size, count: rows.size }));
}

/** Steps that repeat `count` runs of `length` elements `times` times each and together tile `shape` by `reps`. */
export function mergeRepeats(
  shape: readonly number[],
  reps: readonly number[],
): { readonly count: number; readonly length: number; readonly times: number }[] {
  const steps: { count: number; length: number; times: number }[] = [];
  let length = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    length *= shape[axis]!;
    let times = reps[axis]!;
    // Axes of one element repeat together with the axis before them.
    while (
      axis > 0 &&
      shape[axis] === 1 &&
      length === shape.slice(axis).reduce((a, b) => a * b, 1) &&
      shape[axis - 1] === 1
    ) {
      times *= reps[--axis]!;
    }
    const count = shape.slice(0, axis).reduce((a, b) => a * b, 1);
    if (times !== 1) steps.push({ count, length, times });
    length *= times;
  }
  return steps;
}
