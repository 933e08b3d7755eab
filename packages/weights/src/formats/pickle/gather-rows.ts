/**
 * Copies a strided view of `values`, the last axis fastest.
 *
 * @param stride Elements from one index of an axis to the next.
 */
export function gatherRows(values: Float32Array, shape: readonly number[], stride: readonly number[]): Float32Array {
  const rows = new Float32Array(shape.reduce((product, n) => product * n, 1));
  const index = shape.map(() => 0);
  for (let i = 0, from = 0; i < rows.length; i++) {
    rows[i] = values[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += stride[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= stride[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return rows;
}
