import { expectTensorClose } from '@nfnets/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countParameters,
  NF_REGNET,
  NF_RESNET,
  NFNET,
  type NFNetName,
  planBlocks,
  planWeights,
  TIMM_NFNET,
} from '../index.js';

describe('planBlocks', () => {
  it('lays out F0', () => {
    const blocks = planBlocks(NFNET.nfnet_f0);
    expect(blocks.map(({ stage, inChannels, outChannels }) => [stage, inChannels, outChannels])).toEqual([
      [0, 128, 256],
      [1, 256, 512],
      [1, 512, 512],
      [2, 512, 1536],
      ...Array(5).fill([2, 1536, 1536]),
      ...Array(3).fill([3, 1536, 1536]),
    ]);
    expect(blocks.map(({ midChannels, groups }) => [midChannels, groups])).toEqual([
      [128, 1],
      ...Array(2).fill([256, 2]),
      ...Array(9).fill([768, 6]),
    ]);
    expect(blocks.map(({ stride }) => stride)).toEqual([1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1]);
    // The first block of every stage projects, the last one for its stride alone.
    expect(blocks.filter(({ projects }) => projects).map(({ index }) => index)).toEqual([0, 1, 3, 9]);
    // 1 / sqrt(1 + b alpha²), with the depth of the stage before at each stage's first block
    expectTensorClose(
      blocks.map(({ beta }) => beta),
      [
        1, 0.98058068, 0.98058068, 0.96225045, 0.98058068, 0.96225045, 0.94491118, 0.92847669, 0.91287093, 0.89802651,
        0.98058068, 0.96225045,
      ],
      { relative: 1e-8, absolute: 0 },
    );
    expectTensorClose(
      blocks.map(({ dropRate }) => dropRate),
      [0, 0.020833, 0.041667, 0.0625, 0.083333, 0.104167, 0.125, 0.145833, 0.166667, 0.1875, 0.208333, 0.229167],
      { absolute: 1e-6, relative: 0 },
    );
  });

  it('has beta 1 / sqrt(1 + depth alpha²) at every later stage, whatever the depths', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 4, maxLength: 4 }), (depths) => {
        const blocks = planBlocks({ ...NFNET.nfnet_f0, depths });
        for (let stage = 1; stage < 4; stage++) {
          const first = blocks.find((block) => block.stage === stage)!;
          expect(first.beta).toBeCloseTo(1 / Math.sqrt(1 + depths[stage - 1]! * 0.04), 12);
        }
      }),
    );
  });

  it('expands an NF-RegNet from its input, and its first block not at all', () => {
    const blocks = planBlocks(NF_REGNET.nf_regnet_b0);
    // 36; 2.25 * 36 = 81, in groups of 8: 80; 2.25 * 78 = 175.5: 168
    expect(blocks.slice(0, 3).map(({ midChannels, groups }) => [midChannels, groups])).toEqual([
      [32, 4],
      [80, 10],
      [168, 21],
    ]);
    // timm's: 2.25 * 80 = 180 to the nearest multiple of 8
    expect(planBlocks(TIMM_NFNET['timm/nf_regnet_b0'])[2]!.midChannels).toBe(184);
    expect(blocks[1]!.squeezeExciteChannels).toBe(40);
    expect(blocks.filter(({ stride }) => stride === 2)).toHaveLength(4);
  });

  it('drops the last block with the full rate in timm’s form', () => {
    const rates = planBlocks({ ...TIMM_NFNET['timm/nfnet_f0'], stochasticDepthRate: 0.25 }).map((b) => b.dropRate);
    expectTensorClose(rates.slice(0, 2), [0, 0.022727], { absolute: 1e-6 });
    expect(rates.at(-1)).toBe(0.25);
  });

  it.each([
    [{ depths: [1, 2] }, '`widths`, `depths` and `strides` must have one entry per stage, got 4, 2 and 4'],
    [{ groupWidth: 256 }, '`widths` times `expansion` (256 * 0.5) must be at least `groupWidth` (256)'],
    [{ stem: [] }, '`stem` must have at least one convolution'],
  ])('refuses %o', (change, message) => {
    expect(() => planBlocks({ ...NFNET.nfnet_f0, ...change })).toThrow(message);
  });
});

describe('planWeights', () => {
  const published: Partial<Record<NFNetName, [parameters: number, parametersOf10: number | null, tensors: number]>> = {
    nfnet_f0: [71_489_284, 68_447_014, 233],
    nfnet_f1: [132_634_256, 129_591_986, 437],
    nfnet_f2: [193_779_228, 190_736_958, 641],
    nfnet_f3: [254_924_200, 251_881_930, 845],
    nfnet_f4: [316_069_172, 313_026_902, 1049],
    nfnet_f5: [377_214_144, 374_171_874, 1253],
    nfnet_f6: [438_359_116, 435_316_846, 1457],
    nfnet_f7: [499_504_088, 496_461_818, 1661],
    'nfnet_f0+': [118_824_516, null, 233],
    'nfnet_f1+': [220_357_008, null, 437],
    'nfnet_f2+': [321_889_500, null, 641],
    'nfnet_f3+': [423_421_992, null, 845],
    'nfnet_f4+': [524_954_484, null, 1049],
    'nfnet_f5+': [626_486_976, null, 1253],
    'nfnet_f6+': [728_019_468, null, 1457],
    'nfnet_f7+': [829_551_960, null, 1661],
  };

  it.each(Object.entries(published))('counts the parameters of %s exactly', (name, [parameters, of10, tensors]) => {
    const spec = NFNET[name as NFNetName];
    expect(countParameters(spec, 1000)).toBe(parameters);
    if (of10 !== null) expect(countParameters(spec, 10)).toBe(of10);
    expect(planWeights(spec, 1000)).toHaveLength(tensors);
  });

  it('covers every F preset', () => {
    expect(Object.keys(published)).toEqual(Object.keys(NFNET).filter((name) => name.startsWith('nfnet_f')));
  });

  it.each([
    ['nf_resnet50', 25_557_048, 35_635_704],
    ['nf_resnet101', 44_549_193, 63_562_505],
    ['nf_resnet152', 60_192_858, 86_565_402],
    ['nf_resnet200', 64_673_898, 93_153_834],
    ['nf_resnet288', 146_460_552, 213_422_472],
    ['nf_resnet600', 300_646_896, 440_150_896],
  ] as const)('counts the parameters of %s exactly, and with squeeze-excite', (name, parameters, withAttention) => {
    expect(countParameters(NF_RESNET[name], 1000)).toBe(parameters);
    expect(countParameters({ ...NF_RESNET[name], attention: 'squeezeExcite' }, 1000)).toBe(withAttention);
  });

  it.each([
    ['nf_regnet_b0', 8_595_372],
    ['nf_regnet_b1', 10_019_208],
    ['nf_regnet_b2', 13_785_904],
    ['nf_regnet_b3', 18_136_667],
    ['nf_regnet_b4', 29_315_830],
    ['nf_regnet_b5', 48_707_138],
    ['nf_regnet_b6', 70_045_805],
    ['nf_regnet_b7', 101_743_204],
    ['nf_regnet_b8', 142_314_441],
  ] as const)('counts the parameters of %s exactly', (name, parameters) => {
    expect(countParameters(NF_REGNET[name], 1000)).toBe(parameters);
  });

  it('names the weights of F0 as the layers are', () => {
    const shapes = new Map(planWeights(NFNET.nfnet_f0, 1000).map(({ name, shape }) => [name, shape]));
    expect(shapes.get('stem_conv3/kernel')).toEqual([3, 3, 64, 128]);
    expect(shapes.get('nf_block_3/conv_shortcut/kernel')).toEqual([1, 1, 512, 1536]);
    expect(shapes.get('nf_block_3/conv1b/kernel')).toEqual([3, 3, 128, 768]);
    expect(shapes.get('nf_block_11/squeeze_excite/expand_kernel')).toEqual([768, 1536]);
    expect(shapes.get('nf_block_0/skip_gain/gain')).toEqual([]);
    expect(shapes.get('linear/kernel')).toEqual([3072, 1000]);
  });
});
