import type { PreprocessSpec } from '@nfnets/inference';
import type { ModelName } from '@nfnets/models';

/** What the page offers, from a network that any telephone runs to one of half a gigabyte. `?model=` takes any preset. */
export const OFFERED: readonly ModelName[] = [
  'timm/test_nfnet',
  'nfnet_digits',
  'nf_regnet_b0',
  'nf_resnet26',
  'timm/eca_nfnet_l0',
  'timm/nf_resnet50',
  'nfnet_f0',
  'nfnet_f1',
];

export const DIGITS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

/** How the weights of `name` that people have were trained to see an image: all of `PreprocessSpec` but the size. */
export function howItSees(name: ModelName): Omit<PreprocessSpec, 'testSize'> {
  // The digits of MNIST: the whole image, in grey.
  if (name === 'nfnet_digits') return { crop: 'none', mean: [33.318], std: [78.567] };
  if (name === 'timm/test_nfnet')
    return { crop: 'crop_resize', mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5] };
  return { crop: name.startsWith('timm/') ? 'crop_resize' : 'resize_crop_32' };
}
