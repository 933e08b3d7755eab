import { createRequire } from 'node:module';
import { restoreRemovedUtilities } from './restore-removed-utilities.js';

/** What tfjs-node, loaded and at work, says of itself. */
export interface SelfCheck {
  /** Version of TensorFlow. */
  readonly tensorflow: string;
  /** Whether it found a GPU that it can use. */
  readonly gpu: boolean;
}

interface TfjsNode {
  matMul(a: number[][], b: number[][]): { dataSync(): ArrayLike<number> };
  backend(): { readonly isUsingGpuDevice?: boolean; readonly binding: { readonly TF_Version: string } };
}

/** Loads tfjs-node from `folder` into this process and multiplies two matrices; throws where the product is wrong. */
export function selfCheck(folder: string): SelfCheck {
  restoreRemovedUtilities();
  const tf = createRequire(import.meta.url)(folder) as TfjsNode;
  const product = tf.matMul(
    [
      [1, 2],
      [3, 4],
    ],
    [
      [5, 6],
      [7, 8],
    ],
  );
  const values = Array.from(product.dataSync()).join(' ');
  // 1*5 + 2*7, 1*6 + 2*8, 3*5 + 4*7, 3*6 + 4*8
  if (values !== '19 22 43 50') throw new Error(`[[1, 2], [3, 4]] times [[5, 6], [7, 8]] came out as ${values}`);
  const { isUsingGpuDevice = false, binding } = tf.backend();
  return { tensorflow: binding.TF_Version, gpu: isUsingGpuDevice };
}
