// A process of a group that makes steps on its part of each batch: `node averaged-run.ts '{ "hosts", "index", "sizes" }'`. Prints what
// it came to.
import { agc } from '@nfnets/agc';
import { useBackend } from '@nfnets/backends';
import { compileStep } from '@nfnets/compiled-step';
import { sgd } from '@nfnets/optimizers';
import * as tf from '@tensorflow/tfjs';
import { joinGroup } from '../index.js';

/** What to run. */
export interface AveragedRun {
  readonly hosts: readonly string[];
  readonly index: number;
  readonly steps: number;
  /** Samples of each process, for the batches in turn. */
  readonly sizes: readonly (readonly number[])[];
  readonly timeoutSeconds?: number;
  /** Whether this process's step has an op more. */
  readonly isOther?: boolean;
}

const { hosts, index, steps, sizes, timeoutSeconds, isOther } = JSON.parse(process.argv[2]!) as AveragedRun;
tf.enableProdMode();
await useBackend('native');
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
const group = await joinGroup({ hosts, index, ...(timeoutSeconds && { timeoutSeconds }) });
say({ joined: group.size });

const wave = (shape: number[], seed: number) =>
  tf.tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(3 * i + seed + (i % 7))),
    shape,
  );
const first = tf.variable(tf.tidy(() => tf.mul(wave([3, 3, 2, 8], 1), 0.5)), true, 'conv/kernel');
const bias = tf.variable(tf.zeros([8]), true, 'conv/bias');
const last = tf.variable(tf.tidy(() => tf.mul(wave([6 * 6 * 8, 3], 2), 0.2)), true, 'head/kernel');
const optimizer = agc(sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true }), { clipFactor: 0.02 });
const variables = [first, bias, last];

const program = await compileStep(
  {
    step: ({ x, y }: { x: tf.Tensor4D; y: tf.Tensor2D }, { share }, { averaged }) => {
      const { value, grads } = tf.variableGrads(() => {
        const hidden = tf.relu(tf.add(tf.conv2d(x, first as tf.Tensor4D, 1, 'same'), bias)) as tf.Tensor4D;
        const logits = tf.matMul(tf.reshape(hidden, [x.shape[0], -1]), last as tf.Tensor2D);
        if (isOther) return tf.neg(tf.mean(tf.sum(tf.mul(y, tf.mul(1.5, tf.logSoftmax(logits))), 1))) as tf.Scalar;
        return tf.neg(tf.mean(tf.sum(tf.mul(y, tf.logSoftmax(logits)), 1))) as tf.Scalar;
      }, variables);
      const names = Object.keys(grads);
      const [loss, ...means] = averaged([value, ...names.map((name) => grads[name]!)], share);
      optimizer.applyGradients(Object.fromEntries(names.map((name, i) => [name, means[i]!])));
      return { loss: loss! };
    },
  },
  { group },
);

const losses: number[] = [];
for (let step = 0; step < steps; step++) {
  const counts = sizes[step % sizes.length]!;
  const total = counts.reduce((sum, count) => sum + count, 0);
  const from = counts.slice(0, index).reduce((sum, count) => sum + count, 0);
  const made = tf.tidy(() => {
    const whole = { x: wave([total, 6, 6, 2], step), y: tf.oneHot(tf.tensor1d(Array.from({ length: total }, (_, i) => (i * i + step) % 3), 'int32'), 3) };
    const part = <T extends tf.Tensor>(tensor: T): T => tf.slice(tensor, from, counts[index]!);
    return { x: part(whole.x), y: tf.cast(part(whole.y), 'float32') };
  });
  const { loss } = program.step(made as never, { share: counts[index]! / total });
  losses.push(loss.dataSync()[0]!);
  tf.dispose([loss, made.x, made.y]);
  if (timeoutSeconds) say({ step });
}
say({ losses, weights: variables.map((variable) => [...variable.dataSync()]), isCompiled: program.isCompiled });
program.dispose();
group.leave();
