import type { AugmentSpec, MixKind } from '@nfnets/augment';
import type { Sample } from '../dataset/image-source.js';
import type { Affine } from '../dataset/normalization.js';
import type { ImageFailure } from '../image-files/image-failure.js';
import type { ColourProfile } from '../image-files/open-image.js';

/** How evaluation cuts an image to size, by the names of the authors' `dataset.py`. */
export const CROPS = ['resize_crop_32', 'crop_resize', 'none'] as const;
/** How evaluation cuts an image to size. */
export type Crop = (typeof CROPS)[number];

/** A module that exports a transform `(image, random) => image`, which every worker imports for itself. */
export interface AugmentModule {
  /** Its address, such as `new URL('./my-augment.js', import.meta.url)`. */
  readonly module: string | URL;
  /** Name of the export. Default `'default'`. */
  readonly export?: string;
}

/** How pairs of images become one. */
export interface MixSettings {
  /** With several, outputs take them in turn: of two, exactly half of a batch each. */
  readonly kinds: readonly MixKind[];
  /** Of the Beta(alpha, alpha) that mixup's ratio is drawn from. Default 0.2. */
  readonly alpha?: number;
}

/** How stored images become the model's inputs. JSON, so that it travels to a worker. */
export interface SampleSettings {
  /** `[height, width]`. */
  readonly imageSize: readonly [number, number];
  readonly channels: number;
  readonly colourProfile: ColourProfile;
  readonly crop: Crop;
  readonly augment: AugmentSpec | { readonly module: string; readonly name: string } | undefined;
  readonly mix: MixSettings | undefined;
  readonly transforms: AugmentSpec | undefined;
  readonly affine: Affine;
}

/** One image to make, of one stored image or of two that are mixed. */
export interface SampleTask {
  readonly inputs: readonly Pick<Sample, 'image' | 'name'>[];
  /** Of the numbers that decide its augmentation; without, it is prepared as for evaluation. */
  readonly seed?: number;
  readonly mix?: MixKind;
}

/** What became of a task: the share of its first input, or which of its inputs failed. */
export type SampleOutcome =
  | { readonly ratio: number }
  | { readonly failures: readonly (ImageFailure & { readonly input: number })[] };
