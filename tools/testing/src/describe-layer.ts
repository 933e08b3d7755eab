import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { goldenValues } from './golden-values.js';
import { expectTensorClose } from './tensor-matchers.js';

interface LayerContract {
  /** Shape of one sample, without the batch axis; one per input where the layer takes several. */
  readonly inputShape: readonly number[] | readonly (readonly number[])[];
}

/**
 * What every layer of ours must do: predict its output shape, come back from `model.save`, pass gradients to
 * all of its weights, refuse options that it does not know, and leak nothing.
 */
export function describeLayer(make: () => tf.layers.Layer, { inputShape }: LayerContract): void {
  const shapes = (Array.isArray(inputShape[0]) ? inputShape : [inputShape]) as number[][];

  const makeModel = () => {
    const inputs = shapes.map((shape) => tf.input({ shape }));
    const output = make().apply(inputs.length === 1 ? inputs[0]! : inputs) as tf.SymbolicTensor;
    return tf.model({ inputs, outputs: output });
  };
  const makeInputs = () =>
    shapes.map((shape, i) => {
      const full = [2, ...shape];
      return tf.tensor(
        goldenValues(
          `input ${i}`,
          full.reduce((a, b) => a * b, 1),
        ),
        full,
      );
    });

  describe('as a layer', () => {
    it('predicts its output shape', () => {
      const model = makeModel();
      const inputs = makeInputs();
      const output = model.predict(inputs) as tf.Tensor;
      expect(output.shape.slice(1)).toEqual((model.outputShape as tf.Shape).slice(1));
      tf.dispose([inputs, output]);
      model.dispose();
    });

    it('comes back from a saved model with the same output', async () => {
      const model = makeModel();
      const inputs = makeInputs();
      const before = model.predict(inputs) as tf.Tensor;
      let saved: tf.io.ModelArtifacts | undefined;
      await model.save(
        tf.io.withSaveHandler(async (artifacts) => {
          saved = JSON.parse(JSON.stringify({ ...artifacts, weightData: undefined }));
          saved!.weightData = artifacts.weightData!;
          return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
        }),
      );
      // Free the names: the second copy must not depend on the first being there.
      model.dispose();
      const restored = await tf.loadLayersModel(tf.io.fromMemory(saved!));
      const after = restored.predict(inputs) as tf.Tensor;
      expectTensorClose(after, before, { relative: 0, absolute: 0 });
      expect(restored.layers.map((layer) => layer.getClassName())).toContain(make().getClassName());
      tf.dispose([inputs, before, after]);
      restored.dispose();
    });

    it('refuses an option that it does not know, and takes what it writes and what every layer takes', () => {
      const layer = make();
      const type = layer.constructor as new (args: object) => tf.layers.Layer;
      const args = { ...layer.getConfig(), inputShape: [4], batchSize: 2, inputDType: 'float32', customObjects: {} };
      expect(new type(args).getConfig()).toMatchObject(layer.getConfig());
      expect(() => new type({ ...args, strength: 1 })).toThrow(/: no option `strength`[.;]/);
    });

    it('passes gradients to the input and to every trainable weight', () => {
      const model = makeModel();
      const inputs = makeInputs();
      const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
      const gradients = tf.tidy(() => {
        const loss = () =>
          tf.sum(tf.square(tf.add(model.apply(inputs, { training: true }) as tf.Tensor, 1))) as tf.Scalar;
        if (variables.length > 0) {
          const { grads } = tf.variableGrads(loss, variables);
          expect(Object.values(grads).every((grad) => grad != null)).toBe(true);
        }
        return tf.grads((...xs: tf.Tensor[]) => tf.sum(tf.square(tf.add(model.apply(xs) as tf.Tensor, 1))))(inputs);
      });
      for (const [i, gradient] of gradients.entries()) {
        expect(gradient.shape).toEqual(inputs[i]!.shape);
        expect([...gradient.dataSync()].every(Number.isFinite)).toBe(true);
      }
      tf.dispose([inputs, gradients]);
      model.dispose();
    });
  });
}
