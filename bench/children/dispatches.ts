// Counts the dispatches of an eager training step: `dispatches.ts PRESET`. Answers with one line of JSON.
import { adaptiveGradClip, withTransforms } from '@nfnets/agc';
import { createModel, NFNET, type NFNetName, type NFNetSpec } from '@nfnets/models';
import { sgd } from '@nfnets/optimizers';
import { softmaxCrossEntropy } from '@nfnets/trainer';
import * as tf from '@tensorflow/tfjs';
import { say } from './say.js';
import { startEngine } from './start-engine.js';

interface NativeBackend extends tf.KernelBackend {
  binding: { executeOp(...args: unknown[]): unknown };
}

const preset = process.argv[2] as NFNetName;
await startEngine('native');

const spec = preset === 'nfnet_digits' ? NFNET[preset] : narrow(NFNET[preset]);
const model = createModel({ ...spec, dropRate: 0 }, { numClasses: 10, seed: 1 });
const channels = spec.inputShape[2];
const images = tf.zeros([2, spec.inputShape[0] ?? 32, spec.inputShape[1] ?? 32, channels]);
const labels = tf.tensor1d([0, 1], 'int32');
const optimizer = withTransforms(sgd({ learningRate: 0.1 }), adaptiveGradClip({ exclude: ['linear'] }));
const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
const loss = () => softmaxCrossEntropy(model.apply(images, { training: true, seed: 1 }) as tf.Tensor, labels);
const step = () => tf.tidy(() => void optimizer.minimize(loss, false, variables));
// The first one makes the optimizer's slots.
step();

const backend = tf.backend() as NativeBackend;
const { binding } = backend;
let ops = 0;
backend.binding = new Proxy(binding, {
  get: (target, property) => {
    if (property === 'executeOp') ops++;
    return Reflect.get(target, property) as unknown;
  },
});
step();
backend.binding = binding;
const { kernels } = await tf.profile(step);
say({ kernels: kernels.length, ops });

/**
 * A net with an eighth of the channels and the same layers and groups, whose step has the same dispatches: the largest
 * presets would not fit into memory eagerly.
 */
function narrow(spec: NFNetSpec): NFNetSpec {
  return {
    ...spec,
    stem: spec.stem.map(({ channels, stride }) => ({ channels: channels / 8, stride })),
    widths: spec.widths.map((width) => width / 8),
    groupWidth: spec.groupWidth && spec.groupWidth / 8,
    finalChannels: spec.finalChannels && spec.finalChannels / 8,
  };
}
