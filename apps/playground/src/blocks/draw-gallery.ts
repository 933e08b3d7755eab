import {
  type Image,
  mixPair,
  OP_NAMES,
  type OpName,
  randAugment,
  sampleTransform,
  seededRandom,
} from '@nfnets/augment';
import { drawShape } from '../images/index.js';

/** A picture and what was done to it. */
export interface Exhibit {
  readonly name: string;
  readonly image: Image;
}

const SIDE = 96;
/** Those that do the same at every magnitude. */
const WITHOUT_MAGNITUDE: readonly OpName[] = ['AutoContrast', 'Equalize', 'Invert'];

/** What all are made of: a hollow square, in colours, with a shade across so that levels differ. */
function firstImage(label = 6): Image {
  const random = seededRandom(11 + label);
  const data = drawShape(label, SIDE, random, 12);
  const shaded = data.map((level, i) => level * (0.45 + (0.55 * (Math.floor(i / 3) % SIDE)) / SIDE));
  return { data: shaded, height: SIDE, width: SIDE, channels: 3 };
}

/**
 * One image through each augmentation of `@nfnets/augment`: the 16 operations of RandAugment at `magnitude`, with pixels in proportion to the
 * image, then crops, erasing and mixing with another image, which have none. Pure, as `seed` decides what is drawn.
 */
export function drawGallery(magnitude: number, seed: number): Exhibit[] {
  const [image, other] = [firstImage(), firstImage(0)];
  const operations = OP_NAMES.map((name) => ({
    name: WITHOUT_MAGNITUDE.includes(name) ? name : `${name}, ${magnitude}`,
    image: randAugment({ magnitude, layers: 1, ops: [name], scaleBelow: 192 })(image, seededRandom(seed)),
  }));
  const steps = [
    { name: 'random resized crop', step: { op: 'randomResizedCrop', size: SIDE } },
    { name: 'random erasing', step: { op: 'randomErasing', probability: 1, mode: 'pixel' } },
    { name: 'horizontal flip', step: { op: 'horizontalFlip', probability: 1 } },
  ] as const;
  return [
    { name: 'as it is', image },
    ...operations,
    ...steps.map(({ name, step }) => ({ name, image: sampleTransform([step])(image, seededRandom(seed)) })),
    ...(['mixup', 'cutmix'] as const).map((kind) => {
      const { image: mixed, ratio } = mixPair(image, other, kind, seededRandom(seed), { alpha: 1 });
      return { name: `${kind}, ${Math.round(100 * ratio)} % of it`, image: mixed };
    }),
  ];
}
