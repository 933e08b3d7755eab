import type { ModelName } from './presets.js';

/**
 * Published top-1 accuracy on ImageNet's validation images, in percent.
 *
 * Those under `timm/` are timm's own evaluations of the weights it publishes; all others are of Brock et al. 2021, table 3
 * (F6 with sharpness-aware minimization). What is not here was not published.
 */
export const TOP1: { readonly [name in ModelName]?: number } = {
  nfnet_f0: 83.6,
  nfnet_f1: 84.7,
  nfnet_f2: 85.1,
  nfnet_f3: 85.7,
  nfnet_f4: 85.9,
  nfnet_f5: 86.0,
  nfnet_f6: 86.5,
  'timm/dm_nfnet_f0': 83.468,
  'timm/dm_nfnet_f1': 84.7,
  'timm/dm_nfnet_f2': 85.184,
  'timm/dm_nfnet_f3': 85.676,
  'timm/dm_nfnet_f4': 85.838,
  'timm/dm_nfnet_f5': 86.102,
  'timm/dm_nfnet_f6': 86.364,
  'timm/nfnet_l0': 82.766,
  'timm/eca_nfnet_l0': 82.59,
  'timm/eca_nfnet_l1': 84.062,
  'timm/eca_nfnet_l2': 84.71,
  'timm/nf_resnet50': 80.658,
  'timm/nf_regnet_b1': 79.368,
  'timm/test_nfnet': 47.634,
  resnet50: 78.6,
  efficientnet_b0: 77.1,
  efficientnet_b3: 81.6,
  efficientnet_b4: 82.9,
  efficientnet_b5: 83.7,
  efficientnet_b6: 84.0,
  efficientnet_b7: 84.7,
};
