/** Every benchmark: what its figures are, in one sentence. `benches/NAME.ts` exports it, `results/NAME.json` is its last run. */
export const BENCHES: Readonly<Record<string, string>> = {
  step: 'Milliseconds of one training step: forward, backward, adaptive clipping, SGD with Nesterov momentum; same weights, same batch, losses compared.',
  agc: 'Adaptive clipping as a share of the training step, in percent: the step with it against the step without it, in turn; and, as `clipStats`, what telling the clipping of every layer adds; as `muon` and by the names of other rules of clipping, what such a step takes more than a plain one by `sgd`, in percent of this.',
  check:
    'What it costs a training step to tell whether its gradients and weights are finite, in percent of the step beside it that does not.',
  infer:
    'Milliseconds of one batch through NFNet-F0 at 256 pixels, 10 classes, folded; same weights, same images, logits compared.',
  latency:
    'Milliseconds of a training step per image, 1000 classes, at the size that each net is trained at: compiled, adaptive clipping for nets without normalization.',
  paper:
    'Milliseconds of a compiled training step of NFNet-F1 and of EfficientNet-B7 at the same batch and the sizes that each is trained at, and their share as in table 3 of the paper.',
  fashion:
    'A whole training run on the 60,000 images of Fashion-MNIST: same weights at the start, same batches, same recipe; median seconds and mean errors of 3 seeds.',
  parallel:
    'Milliseconds of a compiled training step with adaptive clipping in one process and in two, each on a core of its own; same weights, same batch, losses compared.',
  sam: 'Milliseconds of a compiled step of sharpness-aware minimization, with adaptive clipping; the peer is the plain step beside it.',
  loader:
    'Milliseconds of one core for an augmented image, with a worker for each core; and of a training step that takes such images.',
  memory:
    'Megabytes of resident memory of a process that trains NFNet-F0 at 192 pixels, batch 8, 10 classes; PyTorch in float32.',
  soak: 'Resident memory and tensors of a process that trains a small network for 100,000 steps, with masks, clipping, averages, evaluation and checkpoints: at the end, against after a tenth of the steps.',
  ops: 'Dispatches of one eager training step with clipping; the peer is the last recorded run.',
  size: 'Kilobytes of JavaScript that a page loads at first, minified and gzipped: a package with its dependencies, but for TensorFlow.js and peers, which it imports, beside tfjs-core; and programs with all that they import, beside the same without us.',
  types:
    'What it takes `tsc` to check types: this repository, and a program that imports all packages as they are published, beside one that imports @tensorflow/tfjs alone; medians of 3.',
  'wasm-step':
    'Milliseconds of whole training steps on WebAssembly, warm and from the start of a process; the share of adaptive clipping in one, in percent; megabytes of memory.',
  wasm: 'Milliseconds of kernels on WebAssembly.',
  gpu: 'Milliseconds on a graphics card.',
};
