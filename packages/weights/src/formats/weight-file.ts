import type { StoredTensor } from '@nfnets/safetensors';

/** The tensors of a file, by name. */
export interface WeightFile {
  readonly format: 'safetensors' | 'torch' | 'haiku' | 'tfjs';
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** What lies beside the tensors under names of its own, and what it is. */
  readonly others?: ReadonlyMap<string, string>;
  /** The key under which the tensors were; undefined where they were the file's own. */
  readonly key?: string;
  /** Other keys under which it has tensors. */
  readonly otherKeys?: readonly string[];
  /** Whether they are an average over a training run; undefined where the file does not tell. */
  readonly ema?: boolean;
  /** Lets go of files that it opened. */
  close?(): Promise<void>;
}
