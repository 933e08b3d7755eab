import type { Engine } from '@nfnets/backends';
import type { Variant } from '../children/training-steps.js';
import type { TrainingSetup } from '../inputs/training-setup.js';
import { ourChild } from '../processes/our-child.js';
import { pythonPeer } from '../processes/python-peer.js';
import type { Contestant } from './take-turns.js';

/** A training step of ours. */
export function ours(name: string, engine: Engine, variant: Variant, setup: TrainingSetup): Contestant {
  // tfjs keeps every activation until the step ends: NFNet-F0 at batch 8 takes 9 GB.
  const needsGB = setup.net === 'nfnet-f0' && variant === 'eager' ? 11 : 0;
  return { name, command: ourChild('ours.ts', [engine, variant, JSON.stringify(setup)]), needsGB };
}

/** How PyTorch computes: its order of memory, and whether its automatic mixed precision makes what it takes for safe bfloat16. */
export type TorchVariant = 'default' | 'channels-last' | 'autocast' | 'autocast-channels-last';

/** A training step in PyTorch with timm's layers. */
export function pytorch(name: string, variant: TorchVariant | 'compile', setup: TrainingSetup): Contestant {
  return { name, command: pythonPeer('torch_step.py', [variant, JSON.stringify(setup)]) };
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
