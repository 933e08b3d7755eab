import type { Dataset } from '@nfnets/data';
import { assertInteger, show } from '@nfnets/options';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** Throws unless `data` is a dataset with at least one sample. */
export function assertDataset(who: string, data: Dataset): void {
  if (typeof data?.batches !== 'function' || !Array.isArray(data.imageShape)) {
    throw new TypeError(`${who}: \`data\` must be a dataset such as arrayDataset() makes, got ${show(data)}.`);
  }
  if (data.length === 0) throw new RangeError(`${who}: \`data\` must have samples, got a dataset without any.`);
  assertInteger(who, 'data.length', data.length, 1);
  assertInteger(who, 'data.numClasses', data.numClasses, 2);
}

/** Throws unless `model` takes the images of `data` and has one output of one logit per class, with no softmax on it. */
export function assertClassifier(who: string, model: LayersModel, data: Dataset): void {
  if (!Array.isArray(model?.outputs)) {
    throw new TypeError(`${who}: \`model\` must be a tf.LayersModel, got ${show(model)}.`);
  }
  assertDataset(who, data);
  // tfjs does not look: a network that ends in global pooling would train on images of any other size.
  const imageShape = model.inputs[0]!.shape.slice(1);
  const fits = (size: number | null, axis: number) => size === null || size === data.imageShape[axis];
  if (imageShape.length !== data.imageShape.length || !imageShape.every(fits)) {
    throw new RangeError(
      `${who}: \`model\` must take images of shape ${show(data.imageShape)}, those of the data, got a model for ${show(imageShape)}.`,
    );
  }
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
