import * as tf from '@tensorflow/tfjs-core';

/** How much larger than ever before a sum of weights must be for a run to be at risk. */
const SUDDEN_GROWTH = 100;

/** Keeps the weights as they are before a step, where they may be needed to find out where it went wrong. */
export class WeightsBefore {
  /** The largest sum of a variable so far. */
  private largestSum = 1;
  private hasGrown = false;
  /** The data of the variables after the last step: other data means that they were assigned since. */
  private dataIds: readonly object[] = [];

  /**
   * Copies of `variables`. Where steps run as they are nothing is copied: the old values are only kept. From a graph they are fetched,
   * so only when it is likely that they are needed: at the first step, after somebody else assigned one, after a loss that was too high
   * or a sudden growth of the weights.
   */
  async copy(
    variables: readonly tf.Variable[],
    { isCompiled, isAtRisk }: { readonly isCompiled: boolean; readonly isAtRisk: boolean },
  ): Promise<tf.Tensor[] | undefined> {
    if (!isCompiled) return variables.map((variable) => tf.clone(variable));
    const areOwn = variables.every(({ dataId }, i) => dataId === this.dataIds[i]);
    if (areOwn && !isAtRisk && !this.hasGrown) return undefined;
    const values = await Promise.all(variables.map((variable) => variable.data()));
    return variables.map(({ shape, dtype }, i) => tf.tensor(values[i]!.slice(), shape, dtype));
  }

  /** Takes note of `variables` after a step that summed them. */
  follow(variables: readonly tf.Variable[], sums: Float32Array): void {
    const before = this.largestSum;
    for (const sum of sums) this.largestSum = Math.max(this.largestSum, Math.abs(sum));
    this.hasGrown = !(this.largestSum <= SUDDEN_GROWTH * before);
    this.dataIds = variables.map(({ dataId }) => dataId);
  }
}
