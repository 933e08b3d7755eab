import type { Engine } from '@nfnets/backends';
import type { Variant } from '../children/training-steps.js';
import type { TrainingSetup } from '../inputs/training-setup.js';
import { earlierChild } from '../processes/earlier-build.js';
import { ourChild } from '../processes/our-child.js';
import { pythonPeer } from '../processes/python-peer.js';
import type { Contestant } from './take-turns.js';

/** A training step of ours. */
export function ours(name: string, engine: Engine, variant: Variant, setup: TrainingSetup): Contestant {
  // tfjs keeps every activation until the step ends: NFNet-F0 at batch 8 takes 9 GB.
  const needsGB = setup.net === 'nfnet-f0' && variant === 'eager' ? 11 : 0;
  return { name, command: ourChild('ours.ts', [engine, variant, JSON.stringify(setup)]), needsGB };
}

/** A training step of ours on WebAssembly, on so many threads. */
export function oursOnWasm(
  name: string,
  variant: 'eager' | 'compiled',
  threads: number,
  setup: TrainingSetup,
): Contestant {
  return { name, command: ourChild('ours.ts', ['wasm', variant, JSON.stringify(setup), String(threads)]) };
}

/** The same, op by op, with the packages as they were at `commit`. */
export function earlierOnWasm(name: string, commit: string, threads: number, setup: TrainingSetup): Contestant {
  const args = ['wasm', 'eager', JSON.stringify(setup), String(threads)];
  return { name, command: earlierChild(commit, 'ours.ts', args) };
}

/** A training step in jax-js, on its WebAssembly backend. */
export function jaxJs(name: string, setup: TrainingSetup): Contestant {
  return { name, command: ourChild('jax-js-steps.ts', [JSON.stringify(setup)]) };
}

/** How PyTorch computes: its order of memory, and whether its automatic mixed precision makes what it takes for safe bfloat16. */
export type TorchVariant = 'default' | 'channels-last' | 'autocast' | 'autocast-channels-last';

/** A training step in PyTorch with timm's layers, on so many threads; default one a core. */
export function pytorch(
  name: string,
  variant: TorchVariant | 'compile',
  setup: TrainingSetup,
  threads?: number,
): Contestant {
  const command = pythonPeer('torch_step.py', [variant, JSON.stringify(setup)]);
  if (typeof command === 'string' || threads === undefined) return { name, command };
  return { name, command: { ...command, env: { OMP_NUM_THREADS: String(threads) } } };
}

/** A training step in JAX with optax's clipping, of the three-block net only. */
export function jax(name: string, setup: TrainingSetup): Contestant {
  return { name, command: pythonPeer('jax_step.py', [JSON.stringify(setup)]) };
}

/** A batch through a net of ours: `folded` for inference or as it is trained, `compiled` into one graph call or not. */
export function oursInferring(
  name: string,
  engine: Engine,
  form: 'folded' | 'folded, compiled' | 'folded, compiled, bfloat16' | 'as trained',
  setup: TrainingSetup,
): Contestant {
  return { name, command: ourChild('infer.ts', [engine, form, JSON.stringify(setup)]) };
}

/** A batch through a net in PyTorch's evaluation mode. */
export function pytorchInferring(name: string, variant: TorchVariant, setup: TrainingSetup): Contestant {
  return { name, command: pythonPeer('torch_infer.py', [variant, JSON.stringify(setup)]) };
}

/** A batch through a net in ONNX Runtime Web, on WebAssembly, from the file that PyTorch exports. */
export function onnxInferring(name: string, setup: TrainingSetup): Contestant {
  return { name, command: ourChild('onnx-infer.ts', [JSON.stringify(setup)]) };
}
