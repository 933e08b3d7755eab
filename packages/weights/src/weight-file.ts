import type { StoredTensor } from '@nfnets/safetensors';

/** The tensors of a file, by name. */
export interface WeightFile {
  readonly format: 'safetensors' | 'torch' | 'haiku' | 'tfjs';
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Lets go of files that it opened. */
  close?(): Promise<void>;
}
