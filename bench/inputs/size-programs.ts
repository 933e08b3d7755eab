/** A program of a user's, and the same one without us. */
export interface SizeProgram {
  readonly name: string;
  /** Whose packages it imports. */
  readonly folder: 'bench' | 'examples';
  readonly ours: string;
  /** What the other one is, and its code. */
  readonly without: readonly [name: string, code: string];
}

const TFJS = ["import * as tf from '@tensorflow/tfjs';", 'export { tf };'].join('\n');
const DENSE = 'tf.sequential({ layers: [tf.layers.dense({ units: 10, inputShape: [784] })] })';
const COMPILE = (optimizer: string) =>
  `export const model = ${DENSE};\nmodel.compile({ optimizer: ${optimizer}, loss: 'categoricalCrossentropy' });`;

export const SIZE_PROGRAMS: readonly SizeProgram[] = [
  {
    name: 'agc with tfjs-core',
    folder: 'bench',
    ours: "export * from '@nfnets/agc'; export * from '@tensorflow/tfjs-core';",
    without: ['tfjs-core', "export * from '@tensorflow/tfjs-core';"],
  },
  {
    name: 'a page that trains with tf.train.sgd and adaptive clipping',
    folder: 'bench',
    ours: `import { agc } from '@nfnets/agc';\n${TFJS}\n${COMPILE('agc(tf.train.sgd(0.1), { clipFactor: 0.01 })')}`,
    without: ['without us', `${TFJS}\n${COMPILE('tf.train.sgd(0.1)')}`],
  },
  {
    name: 'a page that classifies with NFNet-F0 on WebAssembly',
    folder: 'examples',
    ours: `${TFJS}
      import '@nfnets/wasm-training';
      import '@tensorflow/tfjs-backend-wasm';
      import { classify, preprocess } from '@nfnets/inference';
      import { createModel, foldForInference } from '@nfnets/models';
      import { loadWeights } from '@nfnets/weights';
      export async function classifier(file: Blob) {
        await tf.setBackend('wasm');
        const model = createModel('nfnet_f0', { numClasses: 1000 });
        await loadWeights(model, file);
        return { model: await foldForInference(model), classify, preprocess };
      }`,
    without: ['without us', `import '@tensorflow/tfjs-backend-wasm';\n${TFJS}`],
  },
];
