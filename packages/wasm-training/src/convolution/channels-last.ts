import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { callKernel } from '../backend/replace-kernel.js';

/**
 * Runs `compute` on image tensors [batch, height, width, channels] where the caller holds [batch, channels, height,
 * width]; `imageResult` says whether the result is an image too and goes back.
 */
export function inChannelsLast(
  backend: BackendWasm,
  images: readonly TensorInfo[],
  imageResult: boolean,
  compute: (images: TensorInfo[]) => TensorInfo,
): TensorInfo {
  const transpose = (x: TensorInfo, perm: number[]) => callKernel('Transpose', backend, { x }, { perm });
  const moved = images.map((image) => transpose(image, [0, 2, 3, 1]));
  const result = compute(moved);
  for (const image of moved) backend.disposeData(image.dataId);
  if (!imageResult) return result;
  const back = transpose(result, [0, 3, 1, 2]);
  backend.disposeData(result.dataId);
  return back;
}
