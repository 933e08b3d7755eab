import type { LayersModel } from '@tensorflow/tfjs-layers';
import { show } from './check-option.js';
import type { Dataset } from './dataset.js';

/** Throws unless `model` has one output of one logit per class of `data`, with no softmax on it. */
export function assertClassifier(who: string, model: LayersModel, data: Dataset): void {
  const output = model.outputs[0]!;
  if (model.outputs.length !== 1 || output.shape.length !== 2 || output.shape[1] !== data.numClasses) {
    const shapes = model.outputs.map(({ shape }) => shape);
    throw new RangeError(
      `${who}: \`model\` must have one output [batch, ${data.numClasses}], one logit per class of the data, got ${show(shapes)}.`,
    );
  }
  const { sourceLayer } = output;
  if (['Dense', 'Activation', 'Softmax'].includes(sourceLayer.getClassName())) {
    const isSoftmax = sourceLayer.getClassName() === 'Softmax' || sourceLayer.getConfig()['activation'] === 'softmax';
    if (isSoftmax) {
      throw new RangeError(
        `${who}: \`model\` must return logits, got a softmax in its last layer \`${sourceLayer.name}\`. Leave it out: the loss has it.`,
      );
    }
  }
}
