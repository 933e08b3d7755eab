// Times kernels in a process of its own: `kernel-times.ts WHO`, where WHO is `cpu`, `tfjs` (the wasm backend as it is shipped) or a
// number of threads of ours. Answers questions by lines of JSON.
import { createInterface } from 'node:readline';
import { useBackend } from '@nfnets/backends';
import * as tf from '@tensorflow/tfjs';
import { KERNEL_CASES, type KernelCase, ofOneImage } from '../inputs/kernel-cases.js';
import { say } from './say.js';

/** Asks for calls of a case's kernel for about so long, one at least. */
export interface KernelQuestion {
  readonly name: string;
  readonly milliseconds: number;
}

/** None where there is no such kernel. */
export interface KernelReply {
  readonly milliseconds: readonly number[];
}

const [who] = process.argv.slice(2) as [string];

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
say({ version: `tfjs ${tf.version_core}` });

const calls = new Map<string, Call | undefined>();
for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line) as KernelQuestion;
  const { name } = question;
  if (!calls.has(name)) calls.set(name, prepare(KERNEL_CASES.find((each) => each.name === name)!));
  const call = calls.get(name);
  const milliseconds: number[] = [];
  const begin = performance.now();
  while (call !== undefined && (milliseconds.length === 0 || performance.now() - begin < question.milliseconds)) {
    const start = performance.now();
    call.run();
    milliseconds.push(call.images * (performance.now() - start));
  }
  say({ milliseconds } satisfies KernelReply);
}

/** A kernel with its inputs, and by how many images it must be multiplied. */
interface Call {
  readonly run: () => void;
  readonly images: number;
}

function prepare(wanted: KernelCase): Call | undefined {
  // tfjs's filter gradient in plain JavaScript takes a minute and a half for 64 images of 7 x 7 pixels.
  const { case: timed, images } = who === 'cpu' ? ofOneImage(wanted) : { case: wanted, images: 1 };
  const run = callOf(timed);
  return run && { run, images };
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
