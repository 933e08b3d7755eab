// Times a kernel in a process of its own: `kernel-times.ts WHO CASE`, where WHO is `cpu`, `tfjs` (the wasm backend as it is shipped) or
// a number of threads of ours. Answers questions by lines of JSON.
import { createInterface } from 'node:readline';
import { useBackend } from '@nfnets/backends';
import * as tf from '@tensorflow/tfjs';
import { KERNEL_CASES, type KernelCase, ofOneImage } from '../kernel-cases.js';

/** Asks for calls of the kernel for about so long, one at least. */
export interface KernelQuestion {
  readonly milliseconds: number;
}

/** None where there is no such kernel. */
export interface KernelReply {
  readonly milliseconds: readonly number[];
}

const [who, name] = process.argv.slice(2) as [string, string];
const say = (reply: object) => process.stdout.write(`${JSON.stringify(reply)}\n`);

tf.enableProdMode();
if (who === 'tfjs') {
  await import('@tensorflow/tfjs-backend-wasm');
  await tf.setBackend('wasm');
} else if (who === 'cpu') {
  await tf.setBackend('cpu');
} else {
  const { threads, reason } = await useBackend('wasm', { threads: Number(who) });
  if (threads !== Number(who)) {
    say({ missing: reason });
    process.exit();
  }
}
const wanted = KERNEL_CASES.find((each) => each.name === name)!;
// tfjs's filter gradient in plain JavaScript takes a minute and a half for 64 images of 7 x 7 pixels.
const { case: timed, images } = who === 'cpu' ? ofOneImage(wanted) : { case: wanted, images: 1 };
const call = callOf(timed);
say({ version: `tfjs ${tf.version_core}` });

for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line) as KernelQuestion;
  const milliseconds: number[] = [];
  const begin = performance.now();
  while (call !== undefined && (milliseconds.length === 0 || performance.now() - begin < question.milliseconds)) {
    const start = performance.now();
    call();
    milliseconds.push(images * (performance.now() - start));
  }
  say({ milliseconds } satisfies KernelReply);
}

function callOf({ kernel, inputs, attributes }: KernelCase): (() => void) | undefined {
  const found = tf.getKernelsForBackend(tf.getBackend()).find(({ kernelName }) => kernelName === kernel);
  if (found === undefined) return undefined;
  const backend = tf.backend();
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [
      name,
      'int32' in input ? tf.tensor1d([...input.int32], 'int32') : tf.randomUniform([...input], -1, 1, 'float32', 1),
    ]),
  );
  const call = { inputs: tensors, attrs: attributes as tf.NamedAttrMap, backend };
  return () => {
    const { dataId } = found.kernelFunc(call) as tf.TensorInfo;
    backend.disposeData(dataId);
  };
}
