import { expect, it } from 'vitest';
import * as api from './index.js';

it('exports these names and no others', () => {
  expect(Object.keys(api).sort()).toEqual([
    'AdamW',
    'Lamb',
    'Lars',
    'MomentumSGD',
    'Muon',
    'RMSPropTF',
    'StableAdamW',
    'adam',
    'adamW',
    'lamb',
    'lars',
    'muon',
    'rmspropTF',
    'sgd',
    'stableAdamW',
  ]);
});
