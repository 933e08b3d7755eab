import { EFFICIENTNET, RESNET } from '@nfnets/models';
import { clipOf } from '../../schema/index.js';

/** What the paper's figure 2a compares: `BN` or `NF` networks, with ` + AGC` where gradients are clipped, or the name of another rule. */
export function modelKind(config: { readonly model: string } & Parameters<typeof clipOf>[0]): string {
  if (config.module !== undefined) return config.module;
  const isNormalized = Object.hasOwn(RESNET, config.model) || Object.hasOwn(EFFICIENTNET, config.model);
  const clip = clipOf(config);
  return `${isNormalized ? 'BN' : 'NF'}${clip ? ` + ${clip.rule === 'agc' ? 'AGC' : clip.rule}` : ''}`;
}
