import type { CentreCropOptions } from '../crops/centre-crop.js';
import type { PadAndCropOptions } from '../crops/pad-and-crop.js';
import type { RandomResizedCropOptions } from '../crops/random-resized-crop.js';
import type { ResizeOptions } from '../crops/resize.js';
import type { CutoutOptions } from '../ops/cutout.js';
import type { HorizontalFlipOptions } from '../ops/horizontal-flip.js';
import type { RandomErasingOptions } from '../ops/random-erasing.js';
import type { PolicyOptions, RandAugmentOptions } from './rand-augment.js';
import type { TimmRandAugmentOptions } from './timm-rand-augment.js';

/** The options of every step that a pipeline can name. */
export interface StepOptions {
  readonly randomResizedCrop: RandomResizedCropOptions;
  readonly resize: ResizeOptions;
  readonly centreCrop: CentreCropOptions;
  readonly padAndCrop: PadAndCropOptions;
  readonly horizontalFlip: HorizontalFlipOptions;
  readonly randAugment: RandAugmentOptions;
  readonly timmRandAugment: TimmRandAugmentOptions;
  readonly autoAugment: PolicyOptions;
  readonly cutout: CutoutOptions;
  readonly randomErasing: RandomErasingOptions;
}

/** A step as data: the function's name under `op`, its options beside it. */
export type AugmentStep = { [Name in keyof StepOptions]: { readonly op: Name } & StepOptions[Name] }[keyof StepOptions];

/** A pipeline as JSON, first step first: it fits into a config file, and travels to a worker. */
export type AugmentSpec = readonly AugmentStep[];
