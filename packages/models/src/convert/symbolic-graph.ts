import type * as tfl from '@tensorflow/tfjs-layers';

/** Lists the symbolic tensors that the outputs of a model depend on, each behind its inputs. */
export function tensorsOf(model: tfl.LayersModel): tfl.SymbolicTensor[] {
  const ordered = new Set<tfl.SymbolicTensor>();
  // Not recursive: the deepest networks have thousands of layers in a row.
  const stack = [...model.outputs].reverse();
  while (stack.length > 0) {
    const tensor = stack.at(-1)!;
    const waiting = ordered.has(tensor) ? [] : tensor.inputs.filter((input) => !ordered.has(input));
    if (waiting.length === 0) {
      ordered.add(tensor);
      stack.pop();
    } else {
      stack.push(...waiting.reverse());
    }
  }
  return [...ordered];
}

/** Counts who reads each tensor: layers among `tensors`, and the world where it is an output of the model. */
export function countReaders(
  model: tfl.LayersModel,
  tensors: readonly tfl.SymbolicTensor[],
): Map<tfl.SymbolicTensor, number> {
  const counts = new Map<tfl.SymbolicTensor, number>();
  const reads = [...tensors.flatMap(({ inputs }) => inputs), ...model.outputs];
  for (const tensor of reads) counts.set(tensor, (counts.get(tensor) ?? 0) + 1);
  return counts;
}
