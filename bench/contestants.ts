import type { Engine } from '@nfnets/backends';
import type { Variant } from './children/training-steps.js';
import { ourChild } from './children.js';
import { pythonPeer } from './python.js';
import type { Contestant } from './take-turns.js';
import type { TrainingSetup } from './training-setup.js';

/** A training step of ours. */
export function ours(name: string, engine: Engine, variant: Variant, setup: TrainingSetup): Contestant {
  // tfjs keeps every activation until the step ends: NFNet-F0 at batch 8 takes 9 GB.
  const needsGB = setup.net === 'nfnet-f0' && variant === 'eager' ? 11 : 0;
  return { name, command: ourChild('ours.ts', [engine, variant, JSON.stringify(setup)]), needsGB };
}

/** A training step in PyTorch with timm's layers. */
export function pytorch(
  name: string,
  variant: 'default' | 'channels-last' | 'compile',
  setup: TrainingSetup,
): Contestant {
  return { name, command: pythonPeer('torch_step.py', [variant, JSON.stringify(setup)]) };
}

/** A training step in JAX with optax's clipping, of the three-block net only. */
export function jax(name: string, setup: TrainingSetup): Contestant {
  return { name, command: pythonPeer('jax_step.py', [JSON.stringify(setup)]) };
}
