import { EFFICIENTNET, RESNET } from '@nfnets/models';

/** What the paper's figure 2a compares: `BN` or `NF` networks, with ` + AGC` where gradients are clipped. */
export function modelKind(model: string, clipFactor: unknown): string {
  const isNormalized = Object.hasOwn(RESNET, model) || Object.hasOwn(EFFICIENTNET, model);
  const isClipped = clipFactor !== undefined && clipFactor !== null && clipFactor !== 'off';
  return `${isNormalized ? 'BN' : 'NF'}${isClipped ? ' + AGC' : ''}`;
}
