import { describe, expect, it } from 'vitest';
import { matchNames } from './match-names.js';

const match = (inFile: string[], wanted: string[], prefix?: string) => {
  const { names, ...told } = matchNames(inFile, new Set(wanted), prefix);
  return { names: Object.fromEntries(names), ...told };
};

describe('matchNames', () => {
  it('leaves names alone that are wanted as they are, though they begin like a prefix', () => {
    // Layers of a model of one's own.
    const own = ['net/kernel', 'model/bias', 'module.weight', 'backbone.0.weight'];
    expect(match(own, own)).toEqual({ names: Object.fromEntries(own.map((name) => [name, name])), prefixes: [] });
    const wrapped = own.map((name) => `module.${name}`);
    expect(match(wrapped, own)).toEqual({
      names: Object.fromEntries(own.map((name, i) => [name, wrapped[i]])),
      prefixes: ['module.'],
    });
  });

  it('takes the container that most names have', () => {
    expect(match(['model.a', 'model.b', 'net.a'], ['a', 'b'])).toEqual({
      names: { a: 'model.a', b: 'model.b' },
      prefixes: ['model.'],
    });
  });

  it('drops a prefix before Haiku\u2019s modules', () => {
    expect(
      match(['module/NFNet/~/linear/w', 'module/NFNet/~/linear/b'], ['NFNet/~/linear/w', 'NFNet/~/linear/b']),
    ).toEqual({
      names: { 'NFNet/~/linear/w': 'module/NFNet/~/linear/w', 'NFNet/~/linear/b': 'module/NFNet/~/linear/b' },
      prefixes: ['module/'],
    });
  });

  it('does not take a word for a prefix that only begins like one', () => {
    expect(match(['models.a', 'module_a.a', 'network.a', 'xmodel.a'], ['a'])).toEqual({ names: {}, prefixes: [] });
  });

  it('says when two names stand for one, and when two containers are as good', () => {
    expect(match(['a', 'module.a'], ['a'])).toMatchObject({ twice: ['a', 'a', 'module.a'] });
    expect(match(['model.a', '_orig_mod.net.a'], ['a'])).toMatchObject({ ties: ['model.', 'net.'] });
    expect(match(['a', 'model.a'], ['a'])).toMatchObject({ ties: ['', 'model.'] });
  });

  it('drops exactly what it is told to', () => {
    expect(match(['ema.module.a', 'a', 'module.a'], ['a'], 'ema.module.')).toEqual({
      names: { a: 'ema.module.a' },
      prefixes: ['ema.module.'],
    });
    expect(match(['module.a'], ['a'], '')).toEqual({ names: {}, prefixes: [] });
    expect(match([], ['a'])).toEqual({ names: {}, prefixes: [] });
  });
});
