import type { HorizontalFlipOptions } from './horizontal-flip.js';
import type { PadAndCropOptions } from './pad-and-crop.js';

/** The options of every step that a pipeline can name. */
export interface StepOptions {
  readonly horizontalFlip: HorizontalFlipOptions;
  readonly padAndCrop: PadAndCropOptions;
}

/** A step as data: the function's name under `op`, its options beside it. */
export type AugmentStep = { [Name in keyof StepOptions]: { readonly op: Name } & StepOptions[Name] }[keyof StepOptions];

/** A pipeline as JSON, first step first: it fits into a config file, and travels to a worker. */
export type AugmentSpec = readonly AugmentStep[];
