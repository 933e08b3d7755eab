import type { NFNetSpec } from '../presets/nfnet-spec.js';

/** Channels that a convolution behind an activation reads: glu gates one half of them by the other. */
export function activatedChannels({ activation }: Pick<NFNetSpec, 'activation'>, channels: number): number {
  return activation === 'glu' ? channels / 2 : channels;
}
