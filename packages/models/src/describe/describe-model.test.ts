import { describe, expect, it } from 'vitest';
import { describeModel, listModels, type ModelName } from '../index.js';

describe('listModels', () => {
  it('lists all presets, or those of a family', () => {
    expect(listModels()).toHaveLength(17 + 8 + 9 + 36 + 5 + 8);
    expect(listModels({ family: 'resnet' })).toEqual([
      'resnet50',
      'resnet101',
      'resnet152',
      'resnet200',
      'resnet_digits',
    ]);
    expect(listModels({ family: 'nf_regnet' }).filter((name) => name.startsWith('timm/'))).toHaveLength(6);
  });

  it('refuses another family', () => {
    expect(() => listModels({ family: 'vit' as 'nfnet' })).toThrow(
      'listModels: `family` must be one of nfnet, nf_resnet, nf_regnet, resnet, efficientnet, got "vit".',
    );
  });
});

describe('describeModel', () => {
  it('has the published figures of F0', () => {
    expect(describeModel('nfnet_f0')).toMatchObject({
      name: 'nfnet_f0',
      family: 'nfnet',
      parameters: 71_489_284,
      trainSize: 192,
      testSize: 256,
      top1: 83.6,
      source: 'Brock et al. 2021, arXiv:2102.06171',
    });
  });

  // Multiply-accumulates in units of 1e9, as the papers print them. At sizes that are no multiples of 32 the authors' count
  // has fractions of pixels, and is up to 5 % less than what is computed.
  it.each([
    ['nfnet_f0', 12.38, 6.98],
    ['nfnet_f1', 35.54, 17.44],
    ['nfnet_f2', 62.59, 33.14],
    ['nfnet_f3', 114.76, 67.94],
    ['nfnet_f4', 215.24, 121.12],
    ['nfnet_f5', 289.76, 169.5],
    ['nfnet_f6', 377.28, 228.29],
    ['nfnet_f7', 478.78, 298.48],
    ['nf_regnet_b0', 0.44, null],
    ['nf_regnet_b1', 0.73, null],
    ['nf_regnet_b3', 2.0, null],
    ['nf_regnet_b4', 4.47, null],
    ['nf_regnet_b8', 63.72, null],
    ['resnet50', 4.09, 4.09],
    ['efficientnet_b0', 0.39, 0.39],
    ['efficientnet_b7', 37.7, 37.7],
  ] as const)('counts the multiply-accumulates of %s', (name, test, train) => {
    const { macs } = describeModel(name);
    expect(Math.abs(macs.test / 1e9 - test)).toBeLessThan(0.0101 + test * 1e-3);
    if (train !== null) expect(Math.abs(macs.train / 1e9 - train)).toBeLessThan(0.0101 + train * 1e-3);
  });

  it('refuses a name that is none', () => {
    expect(() => describeModel('nfnet_f9' as ModelName)).toThrow(
      'describeModel: `name` must be a name of listModels(), got "nfnet_f9".',
    );
  });
});
