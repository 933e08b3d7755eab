import type { ModelName } from '../../packages/models/src/index.js';
import type { EXPORTS, FILES } from './places.js';

/** Something of ours: an export, or a file. */
export type Place = keyof typeof EXPORTS | keyof typeof FILES;

/**
 * Something that a peer has, under the peer's name (or several names of which the same is true), what of ours does it, and how it is
 * called there or why it is not here.
 */
export type CoverageRow = readonly [
  names: string | readonly string[],
  ours: 'no' | Place | readonly Place[] | { readonly preset: ModelName },
  note?: string,
];

export interface CoverageTable {
  readonly title: string;
  /** What is true of all rows. */
  readonly about?: string;
  /** Under which `tools/reference/peer_names.py` lists the names that the rows must be of; without it there is no such list. */
  readonly names?: string;
  readonly rows: readonly CoverageRow[];
}

export interface CoveragePeer {
  readonly title: string;
  /** As `peer_names.py` is called. */
  readonly peer?: 'timm' | 'optax' | 'deepmind';
  /** Of what the rows are: version, commit or paper. */
  readonly source: string;
  readonly tables: readonly CoverageTable[];
}
