// A batch through a net in ONNX Runtime Web, on WebAssembly: `onnx-infer.ts SETUP`. Answers questions by lines of JSON.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { readTensorFile } from '../inputs/tensor-file.js';
import type { TrainingSetup } from '../inputs/training-setup.js';
import { pythonPeer } from '../processes/python-peer.js';
import type { InferQuestion, InferReply } from './infer.js';
import { say } from './say.js';

/** Of the library, what is used here: it is no dependency, being larger than everything else together. */
interface OnnxRuntime {
  readonly env: { readonly wasm: { numThreads: number }; readonly versions: { readonly web: string } };
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options: object,
    ): Promise<{
      run(feeds: object): Promise<{ readonly logits: { readonly data: Float32Array } }>;
    }>;
  };
  readonly Tensor: new (type: 'float32', data: Float32Array, shape: readonly number[]) => object;
}

const INSTALL = 'npm install --prefix bench/.peers onnxruntime-web@1.30.0';

const setup = process.argv[2]!;
const { folder } = JSON.parse(setup) as TrainingSetup;
function giveUp(missing: string): never {
  say({ missing });
  process.exit();
}

const library = new URL('../.peers/node_modules/onnxruntime-web/dist/ort.node.min.mjs', import.meta.url).href;
const { env, InferenceSession, Tensor } = await (import(library) as Promise<OnnxRuntime>).catch((error: Error): never =>
  giveUp(`${INSTALL} (${error.message.split('\n')[0]})`),
);
const exporter = pythonPeer('export_onnx.py', [setup]);
if (typeof exporter === 'string') giveUp(exporter);
const { status, stdout, stderr } = spawnSync(exporter.program, exporter.args, { encoding: 'utf8' });
const reply = stdout.split('\n').find((line) => line.startsWith('{'));
if (status !== 0 || reply === undefined) throw new Error(stderr.trim().split('\n').at(-1));
const { missing } = JSON.parse(reply) as { missing?: string };
if (missing !== undefined) giveUp(missing);

env.wasm.numThreads = availableParallelism();
const session = await InferenceSession.create(readFileSync(join(folder, 'net.onnx')), {
  executionProviders: ['wasm'],
  graphOptimizationLevel: 'all',
});
const [stored] = readTensorFile(join(folder, 'images'));
const images = channelsFirst(stored!.values, stored!.shape as [number, number, number, number]);
say({ version: `ONNX Runtime Web ${env.versions.web}` });

for await (const line of createInterface({ input: process.stdin })) {
  const { runs } = JSON.parse(line) as InferQuestion;
  const milliseconds: number[] = [];
  let values: Float32Array = new Float32Array();
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    const { logits } = await session.run({ images });
    milliseconds.push(performance.now() - start);
    values = logits.data;
  }
  say({ logits: Array.from(values.subarray(0, 10)), milliseconds } satisfies InferReply);
}
// Its threads would keep the process alive.
process.exit();

function channelsFirst(values: Float32Array, [batch, height, width, channels]: [number, number, number, number]) {
  const result = new Float32Array(values.length);
  const pixels = height * width;
  for (let from = 0; from < values.length; from++) {
    const channel = from % channels;
    const pixel = Math.floor(from / channels);
    result[(Math.floor(pixel / pixels) * channels + channel) * pixels + (pixel % pixels)] = values[from]!;
  }
  return new Tensor('float32', result, [batch, channels, height, width]);
}
