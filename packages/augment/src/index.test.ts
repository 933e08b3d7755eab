import { expect, it } from 'vitest';
import * as api from './index.js';

it('exports these names and no others', () => {
  expect(Object.keys(api).sort()).toEqual([
    'AUTHORS_STYLE',
    'OP_NAMES',
    'PILLOW_STYLE',
    'augmentOp',
    'autoAugment',
    'centreCrop',
    'cropAndResize',
    'cutMixBox',
    'cutout',
    'drawBeta',
    'drawCropBox',
    'firstCrop',
    'horizontalFlip',
    'mixBatch',
    'mixFlipped',
    'mixPair',
    'padAndCrop',
    'parseAugmentName',
    'planMix',
    'randAugment',
    'randomErasing',
    'randomResizedCrop',
    'resize',
    'sampleTransform',
    'seededRandom',
    'timmRandAugment',
    'toBytes',
  ]);
});
