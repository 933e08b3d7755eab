import { parseAugmentName } from '@nfnets/augment';
import { z } from 'zod';
import { DATASETS, type DatasetName } from './datasets.js';
import { count, later, oneOf, section, seed, text } from './schema-rules.js';

/** How images are cut to size for evaluation, by the names of @nfnets/data. */
const CROPS = ['resize_crop_32', 'crop_resize', 'none'] as const;

/** What becomes of an image that cannot be read. */
const CORRUPT = ['error', 'skip'] as const;

const AUGMENT_RULE =
  'off, crop_flip, or words of mixup, cutmix, randaugment_405 and autoaugment with "_" between them, which come after crop and flip';

/** An augmentation by its name. */
const augmentName = z
  .string()
  .refine(isAugmentName, { error: ({ input }) => `must be ${AUGMENT_RULE}, got ${JSON.stringify(input)}` })
  .meta({ rule: AUGMENT_RULE });

/** The schema of the data that a trial is trained on. */
export const datasetSchema = z.strictObject(
  {
    name: oneOf(Object.keys(DATASETS) as DatasetName[]).describe('labelled image set'),
    train: count.describe('images trained on'),
    test: count.describe('images the accuracy is measured on'),
    path: later(text).describe("folder with its files, where it is not the usual one; no part of a trial's identity"),
    splitSeed: seed.default(1).describe('which images fall into which part'),
    imageSize: later(count).describe('side in pixels of the training images, of image files'),
    testSize: later(count).describe('side in pixels of the test images, of image files; imageSize by default'),
    crop: later(oneOf(CROPS), 'resize_crop_32').describe(
      'how test images are cut to size: the whole image squashed to testSize + 32, and of that the centre; the centre in its proportions; or the whole image squashed',
    ),
    augment: later(augmentName).describe(
      'of the training images: off, crop_flip (by default, of image files), or a name such as cutmix_mixup_randaugment_405',
    ),
    classes: later(count.min(2).meta({ rule: 'a whole number of at least 2' })).describe(
      'number of classes, which tar shards do not tell; where the files do, it is checked',
    ),
    image: later(text, 'image').describe('column of the images, of Parquet files'),
    label: later(text, 'label').describe(
      'column of the class numbers, of Parquet files; of tar shards the key of the class number in a .json',
    ),
    corrupt: later(oneOf(CORRUPT), 'error').describe(
      'an image that cannot be read ends the trial, or is left out, and the log names it',
    ),
  },
  section(),
);

function isAugmentName(name: string): boolean {
  if (name === 'off' || name === 'crop_flip') return true;
  try {
    parseAugmentName(name);
    return true;
  } catch {
    return false;
  }
}
