import { EFFICIENTNET, type EfficientNetSpec } from './efficientnet-specs.js';
import { NF_REGNET } from './nf-regnet-specs.js';
import { NF_RESNET } from './nf-resnet-specs.js';
import type { NFNetSpec } from './nfnet-spec.js';
import { NFNET } from './nfnet-specs.js';
import { RESNET, type ResNetSpec } from './resnet-specs.js';
import { TIMM_NFNET } from './timm-specs.js';

/** Every preset, by name. */
export const PRESETS = {
  ...NFNET,
  ...NF_RESNET,
  ...NF_REGNET,
  ...TIMM_NFNET,
  ...RESNET,
  ...EFFICIENTNET,
} as const satisfies Record<string, ModelSpec>;

/** Name of a preset. */
export type ModelName = keyof typeof PRESETS;
/** A network as data: a preset, or one of your own. */
export type ModelSpec = NFNetSpec | ResNetSpec | EfficientNetSpec;
/** What kind of network a spec is of. */
export type Family = ModelSpec['family'];
