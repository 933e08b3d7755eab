import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { NF_REGNET, NF_RESNET, NFNET, planWeights, publishedWeights, TIMM_NFNET } from '../index.js';

describe('publishedWeights', () => {
  const timm = publishedWeights(NFNET.nfnet_f0, 'timm', 1000);
  const haiku = publishedWeights(NFNET.nfnet_f0, 'haiku', 1000);

  it('follows the order of planWeights', () => {
    const names = planWeights(NFNET.nfnet_f0, 1000).map(({ name }) => name);
    expect([...timm.keys()]).toEqual(names);
    expect([...haiku.keys()]).toEqual(names);
  });

  it('gives all 233 weights of F0 the names and shapes of both files', () => {
    const rows = [...timm].map(([name, theirs]) => {
      const authors = haiku.get(name)!;
      return `${authors.name} [${authors.shape}] ${theirs.name} [${theirs.shape}]`;
    });
    expect(rows).toContain('NFNet/~/nf_block/skip_gain [] stages.0.0.skipinit_gain []');
    // Of the sorted list of names and shapes that timm and the authors' model have in common with one set of weights.
    expect(createHash('sha256').update(rows.sort().join('\n')).digest('hex')).toBe(
      '576f457f3ecd039a4cb47aae8d67daee94e61e9e517f4a8cb63e662c141f2199',
    );
  });

  it.each([
    ['stem_conv0/kernel', 'stem.conv1.weight', [16, 3, 3, 3], 'OIHW'],
    ['nf_block_3/conv1b/gain', 'stages.2.0.conv2b.gain', [768, 1, 1, 1], 'reshaped'],
    ['nf_block_3/conv_shortcut/bias', 'stages.2.0.downsample.conv.bias', [1536], 'same'],
    ['nf_block_11/squeeze_excite/expand_kernel', 'stages.3.2.attn_last.fc2.weight', [1536, 768, 1, 1], 'OIHW'],
    ['linear/kernel', 'head.fc.weight', [1000, 3072], 'OI'],
  ])('finds %s in timm’s file', (name, theirs, shape, layout) => {
    expect(timm.get(name)).toEqual({ name: theirs, shape, layout });
  });

  it('never has two weights under one name', () => {
    for (const published of [timm, haiku]) {
      expect(new Set([...published.values()].map(({ name }) => name)).size).toBe(233);
    }
  });

  it('has our layouts in the authors’ files', () => {
    expect(new Set([...haiku.values()].map(({ layout }) => layout))).toEqual(new Set(['same']));
  });

  it.each([
    [NF_RESNET.nf_resnet50, 'stem_conv0/kernel', 'NF_ResNet/~/initial_conv/w'],
    [NF_RESNET.nf_resnet50, 'nf_block_3/conv1/gain', 'NF_ResNet/~/nf_res_block_3/~/conv1/gain'],
    [NF_REGNET.nf_regnet_b0, 'nf_block_0/skip_gain/gain', 'NF_RegNet/~/nf_block/skip_gain'],
    [NF_REGNET.nf_regnet_b0, 'linear/bias', 'NF_RegNet/~/linear/b'],
  ])('names the weights of the authors’ other networks: $family', (spec, name, theirs) => {
    expect(publishedWeights(spec, 'haiku', 10).get(name)!.name).toBe(theirs);
  });

  it('has no authors’ names for a network of timm’s alone', () => {
    expect(() => publishedWeights(TIMM_NFNET['timm/eca_nfnet_l0'], 'haiku', 10)).toThrow(
      "`naming` must be 'timm' for efficient channel attention",
    );
  });
});
