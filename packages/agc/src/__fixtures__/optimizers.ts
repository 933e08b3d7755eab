import * as tf from '@tensorflow/tfjs';

/** Every optimizer of tf.train. RMSProp is not centered: tf's formula is NaN for small gradients then. */
export const OPTIMIZERS: Record<string, (learningRate?: number) => tf.Optimizer> = {
  sgd: (learningRate = 0.1) => tf.train.sgd(learningRate),
  momentum: (learningRate = 0.1) => tf.train.momentum(learningRate, 0.9, true),
  adagrad: (learningRate = 0.1) => tf.train.adagrad(learningRate, 0.1),
  adadelta: (learningRate = 0.1) => tf.train.adadelta(learningRate, 0.9, 1e-6),
  adam: (learningRate = 0.01) => tf.train.adam(learningRate, 0.9, 0.99),
  adamax: (learningRate = 0.01) => tf.train.adamax(learningRate, 0.9, 0.99, 1e-7, 0.01),
  rmsprop: (learningRate = 0.01) => tf.train.rmsprop(learningRate, 0.9, 0.5, 1e-7),
};

/** Disposes of an optimizer and of the learning rate tensor that tf's momentum forgets. */
export function disposeOptimizer(optimizer: tf.Optimizer): void {
  optimizer.dispose();
  let inner: { optimizer?: unknown; c?: tf.Tensor } = optimizer as never;
  while (inner.optimizer !== undefined) inner = inner.optimizer as never;
  if (inner.c?.isDisposed === false) inner.c.dispose();
}

/** Runs `body` and disposes of the tensors it made: tf forgets some when saving. Variables are its own business. */
export async function inScope(body: () => Promise<void>): Promise<void> {
  tf.engine().startScope();
  try {
    await body();
  } finally {
    tf.engine().endScope();
  }
}

/** `model` after a round trip through what `model.save` writes, optimizer included. */
export async function saveAndLoad(model: tf.LayersModel): Promise<tf.LayersModel> {
  let saved: tf.io.ModelArtifacts | undefined;
  const handler = tf.io.withSaveHandler(async (artifacts) => {
    saved = { ...JSON.parse(JSON.stringify({ ...artifacts, weightData: undefined })), weightData: artifacts.weightData };
    return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
  });
  await model.save(handler, { includeOptimizer: true });
  return tf.loadLayersModel(tf.io.fromMemory(saved!));
}
