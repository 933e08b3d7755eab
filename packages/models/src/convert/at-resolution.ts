import { show } from '@nfnets/options';
import * as tfl from '@tensorflow/tfjs-layers';
import { assertLayersModel, assertNoMore } from '../build/assert-arguments.js';
import { tensorsOf } from './symbolic-graph.js';

/**
 * The same network for images of another size: NFNet-F0, say, is trained at 192 pixels and tested at 256, as convolutions and
 * the global pooling before the classifier take any size (`trainSize` and `testSize` of a spec).
 *
 * It shares the layers and the weights of `model`: what is trained in one is in the other, and both are to be disposed.
 *
 * @param model Of `createModel`, or any that ends its convolutions in a global pooling
 * @param size Of the images, in pixels: a side, or `[height, width]`
 * @throws RangeError when the size is not one, or the model cannot take it; TypeError for what is no model.
 * @example
 * ```ts
 * import { atResolution, createModel, NFNET } from '@nfnets/models';
 *
 * const { trainSize, testSize } = NFNET.nfnet_f0; // 192, 256
 * const model = createModel('nfnet_f0', { numClasses: 1000, inputShape: [trainSize, trainSize, 3] });
 * const forTests = atResolution(model, testSize); // the same weights
 * ```
 */
export function atResolution(
  model: tfl.LayersModel,
  size: number | readonly [number, number],
  ...further: never[]
): tfl.LayersModel {
  assertLayersModel('atResolution', model);
  assertNoMore('atResolution', 'a model and a size', further);
  const [height, width] = (Array.isArray(size) ? size : [size, size]) as readonly [number, number];
  const isPair = !Array.isArray(size) || size.length === 2;
  if (!isPair || ![height, width].every((side) => Number.isInteger(side) && side >= 1)) {
    throw new RangeError(
      `atResolution: \`size\` must be a whole number of pixels from 1, or [height, width], got ${show(size)}.`,
    );
  }
  const [input] = model.inputs;
  if (model.inputs.length !== 1 || input!.shape.length !== 4) {
    throw new RangeError(
      `atResolution: \`model\` must take images [batch, height, width, channels], got ${JSON.stringify(model.inputs.map(({ shape }) => shape))}.`,
    );
  }
  const tensors = new Map([[input!, tfl.input({ shape: [height, width, input!.shape[3]!], dtype: input!.dtype })]]);
  for (const tensor of tensorsOf(model)) {
    if (tensor !== input) tensors.set(tensor, applyAgain(tensor, tensors, `${height} x ${width}`));
  }
  return tfl.model({
    inputs: tensors.get(input!)!,
    outputs: model.outputs.map((output) => tensors.get(output)!),
    name: model.name,
  });
}

/** What the layer of `tensor` makes of the counterparts of its inputs. */
function applyAgain(
  { sourceLayer, inputs, outputTensorIndex = 0 }: tfl.SymbolicTensor,
  tensors: ReadonlyMap<tfl.SymbolicTensor, tfl.SymbolicTensor>,
  size: string,
): tfl.SymbolicTensor {
  const counterparts = inputs.map((each) => tensors.get(each)!);
  try {
    const made = sourceLayer.apply(counterparts.length === 1 ? counterparts[0]! : counterparts);
    return [made].flat()[outputTensorIndex] as tfl.SymbolicTensor;
  } catch (error) {
    throw new RangeError(
      `atResolution: \`model\` cannot take images of ${size}: ${(error as Error).message}. Only the classifier behind a global pooling takes any.`,
      { cause: error },
    );
  }
}
