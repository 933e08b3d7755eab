// Everything that computes, away from the page's thread: the page calls these functions through Comlink.
import { type Engine, useBackend } from '@nfnets/backends';
import { type Classification, classify } from '@nfnets/inference';
import { createModel, describeModel, type ModelDescription, type ModelName } from '@nfnets/models';
import { loadWeights } from '@nfnets/weights';
import * as tf from '@tensorflow/tfjs';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threadedSimd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import { expose } from 'comlink';
import { DIGITS, howItSees } from './offered-models.js';

let network: tf.LayersModel | undefined;
let name: ModelName;

const api = {
  /** Chooses the engine: `'auto'` is WebGPU where there is a graphics card, else wasm. */
  async start(engine: Engine | 'auto'): Promise<{ engine: Engine; reason: string }> {
    const { engine: chosen, reason } = await useBackend(engine, {
      wasmPaths: {
        'tfjs-backend-wasm.wasm': plain,
        'tfjs-backend-wasm-simd.wasm': simd,
        'tfjs-backend-wasm-threaded-simd.wasm': threadedSimd,
      },
    });
    return { engine: chosen, reason };
  },

  describe(models: readonly ModelName[]): ModelDescription[] {
    return models.map(describeModel);
  },

  /** Makes `model` the one that classifies, with the weights of a file or of an address, else with random ones. */
  async use(model: ModelName, weights: Blob | string | undefined, onProgress: (done: number) => void): Promise<void> {
    network?.dispose();
    network = undefined;
    const numClasses = model === 'nfnet_digits' ? DIGITS.length : 1000;
    const { testSize } = describeModel(model);
    const made = createModel(model, { numClasses, seed: 1 });
    try {
      if (weights !== undefined) {
        const file = typeof weights === 'string' ? await download(weights) : weights;
        await loadWeights(made, file, { onProgress: (loaded, total) => onProgress(loaded / total) });
      }
      // The first run compiles kernels and standardizes weights; no frame should be charged for that.
      const first = tf.tidy(
        () => made.predict(tf.zeros([1, testSize, testSize, made.inputs[0]!.shape[3]!])) as tf.Tensor,
      );
      await first.data();
      first.dispose();
    } catch (error) {
      made.dispose();
      throw error;
    }
    network = made;
    name = model;
  },

  /** The five most probable classes, and the milliseconds from the image to them. */
  async classify(image: Blob | ImageBitmap): Promise<{ best: Classification[]; milliseconds: number }> {
    if (network === undefined) throw new Error('There is no model yet.');
    const spec = { testSize: describeModel(name).testSize, ...howItSees(name) };
    const before = performance.now();
    const best = await classify(network, image, { spec, ...(name === 'nfnet_digits' && { labels: DIGITS }) });
    const milliseconds = performance.now() - before;
    if (image instanceof ImageBitmap) image.close();
    return { best, milliseconds };
  },
};

export type ClassifierApi = typeof api;

async function download(address: string): Promise<Blob> {
  const response = await fetch(address).catch((error: Error) => {
    throw new Error(`${address} cannot be read: ${error.message}.`);
  });
  if (!response.ok) throw new Error(`${address} cannot be read: the server answered ${response.status}.`);
  return response.blob();
}

expose(api);
