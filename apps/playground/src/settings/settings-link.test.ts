import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLIP_RULES, type ClipRule, DEFAULTS, fromLink, type Settings, toLink } from './index.js';

const anySettings: fc.Arbitrary<Settings> = fc.record({
  net: fc.constantFrom('nfnet_digits', 'nf_resnet_digits', 'resnet_digits', 'convnet'),
  data: fc.constantFrom('digits', 'shapes'),
  rule: fc.constantFrom(...(Object.keys(CLIP_RULES) as ClipRule[])),
  threshold: fc.double({ min: 1e-6, max: 1e5, noNaN: true }),
  batchSize: fc.integer({ min: 1, max: 512 }),
  baseRate: fc.double({ min: 1e-6, max: 100, noNaN: true }),
  seed: fc.integer({ min: 0, max: 1e9 }),
  images: fc.integer({ min: 512, max: 8000 }),
  epochs: fc.integer({ min: 1, max: 1000 }),
  engine: fc.constantFrom('auto', 'webgpu', 'wasm'),
});

describe('a link', () => {
  it('is empty for what the page starts with, and holds what is set', () => {
    expect(toLink(DEFAULTS)).toBe('');
    expect(toLink({ ...DEFAULTS, batchSize: 64, seed: 7, threshold: 0.1 })).toBe('threshold=0.1&batch=64&seed=7');
    expect(toLink({ ...DEFAULTS, rule: 'zclip', threshold: 2.5 })).toBe('rule=zclip');
  });

  it('gives back what it was made of', () => {
    fc.assert(
      fc.property(anySettings, (settings) => {
        expect(fromLink(`#${toLink(settings)}`)).toEqual({ settings, problems: [] });
      }),
    );
  });

  it('says what is wrong in it, and takes the rest', () => {
    const { settings, problems } = fromLink('#batch=many&seed=-1&net=vgg&rate=0&threshold=&colour=red&epochs=2');
    expect(settings).toEqual({ ...DEFAULTS, epochs: 2 });
    expect(problems).toEqual([
      '"batch" must be a whole number from 1 to 2048, got "many": it is as at first.',
      '"seed" must be a whole number from 0 to 1000000000, got "-1": it is as at first.',
      '"net" must be one of nfnet_digits, nf_resnet_digits, resnet_digits, convnet, got "vgg": it is as at first.',
      '"rate" must be a number above 0, at most 100, got "0": it is as at first.',
      '"threshold" must be a number above 0, at most 100000, got "": it is as at first.',
      'There is no setting "colour": it was passed over.',
    ]);
  });

  it('has no batch larger than there are images', () => {
    expect(fromLink('#images=512&batch=1024')).toEqual({
      settings: { ...DEFAULTS, images: 512, batchSize: 512 },
      problems: ['"batch" must be at most the 512 images, got 1024: it is these.'],
    });
  });
});
