import type { CoveragePeer } from './coverage-table.js';
import { DEEPMIND_DATA } from './deepmind-data.js';
import { DEEPMIND_MODELS } from './deepmind-models.js';
import { DEEPMIND_TRAINING } from './deepmind-training.js';
import { OPTAX_CLIPPING } from './optax-clipping.js';
import { PAPER } from './paper.js';
import { TIMM_LAYERS } from './timm-layers.js';
import { TIMM_MODELS } from './timm-models.js';
import { TIMM_NETWORK } from './timm-network.js';

/** All that the peers have, against ours: what `docs/coverage.md` is made of. */
export const COVERAGE: readonly CoveragePeer[] = [
  { title: 'timm', peer: 'timm', source: 'timm 1.0.29', tables: [...TIMM_MODELS, ...TIMM_NETWORK, ...TIMM_LAYERS] },
  {
    title: "The authors' code",
    peer: 'deepmind',
    source: 'the folder `nfnets` of google-deepmind/deepmind-research at f5de0ed',
    tables: [...DEEPMIND_MODELS, ...DEEPMIND_TRAINING, ...DEEPMIND_DATA],
  },
  { title: 'optax', peer: 'optax', source: 'optax 0.2.8', tables: OPTAX_CLIPPING },
  { title: 'The paper', source: 'Brock et al. 2021, arXiv:2102.06171', tables: PAPER },
];
