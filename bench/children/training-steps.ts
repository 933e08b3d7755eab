import { join } from 'node:path';
import { adaptiveGradClip, withTransforms } from '@nfnets/agc';
import { compileStep } from '@nfnets/compiled-step';
import { adam, sgd } from '@nfnets/optimizers';
import { softmaxCrossEntropy } from '@nfnets/trainer';
import * as tf from '@tensorflow/tfjs';
import { readTensorFile } from '../inputs/tensor-file.js';
import type { TrainingSetup } from '../inputs/training-setup.js';
import { NETS } from '../nets/nets.js';
import { orSayMissing } from './start-engine.js';
import { takeWeights } from './take-weights.js';

/** How a step runs: op by op, as one graph call, as one in bfloat16, or as one that XLA compiles. */
export type Variant = 'eager' | 'compiled' | 'bfloat16' | 'xla';

type Batch = { readonly images: tf.Tensor4D; readonly labels: tf.Tensor1D };
type Step = (learningRate: number) => tf.Scalar;

/** One training step on the shared batch, on the backend that is set; each call returns the loss before it. */
export interface TrainingSteps {
  readonly clipped: Step;
  readonly unclipped: Step;
  /** Whether a step runs as one call. */
  readonly isCompiled: boolean;
  /** Calls of one step that stay with tfjs, by kernel; of a compiled one. */
  readonly eagerKernels?: Readonly<Record<string, number>>;
}

/** Builds the net of `setup` from the shared weights. */
export async function trainingSteps(
  { net, folder, clipFactor, optimizer: rule }: TrainingSetup,
  variant: Variant,
): Promise<TrainingSteps> {
  const { build, head } = NETS[net];
  const model = build();
  takeWeights(model, folder);
  const [images] = readTensorFile(join(folder, 'images'));
  const batch: Batch = {
    images: tf.tensor4d(images!.values, images!.shape as [number, number, number, number]),
    labels: tf.tensor1d(
      Int32Array.from({ length: images!.shape[0]! }, (_, i) => i % 10),
      'int32',
    ),
  };

  const plain = rule === 'adam' ? adam({ learningRate: 0 }) : sgd({ learningRate: 0 });
  const clipping = withTransforms(plain, adaptiveGradClip({ clipFactor, exclude: [head] }));
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const minimize = (optimizer: tf.Optimizer, { images, labels }: Batch, learningRate: tf.Scalar) => {
    const loss = () => softmaxCrossEntropy(model.apply(images, { training: true }) as tf.Tensor, labels);
    return plain.withLearningRate(learningRate, () => optimizer.minimize(loss, true, variables)!);
  };
  if (variant === 'eager') {
    const stepBy = (optimizer: tf.Optimizer) => (learningRate: number) =>
      tf.tidy(() => minimize(optimizer, batch, tf.scalar(learningRate)));
    return { clipped: stepBy(clipping), unclipped: stepBy(plain), isCompiled: false };
  }
  const program = await orSayMissing(() =>
    compileStep(
      {
        clipped: (batch: Batch, { learningRate }) => minimize(clipping, batch, learningRate!),
        unclipped: (batch: Batch, { learningRate }) => minimize(plain, batch, learningRate!),
      },
      { xla: variant === 'xla', precision: variant === 'bfloat16' ? 'bfloat16' : 'float32' },
    ),
  );
  return {
    get isCompiled() {
      return program.isCompiled;
    },
    get eagerKernels() {
      return program.eagerKernels;
    },
    clipped: (learningRate) => program.clipped(batch, { learningRate }),
    unclipped: (learningRate) => program.unclipped(batch, { learningRate }),
  };
}
