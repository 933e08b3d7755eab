import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fromJson, numberOf, toJson } from './index.js';

it('keeps numbers that are not finite', () => {
  const event = { loss: Number.NaN, rates: [Infinity, -Infinity, 0.5], best: null };
  expect(toJson(event)).toBe('{"loss":"NaN","rates":["Infinity","-Infinity",0.5],"best":null}');
  expect(fromJson(toJson(event))).toEqual(event);
});

it('tells a text from a number of that name', () => {
  const texts = ['NaN', '\\NaN', '\\\\-Infinity', 'Infinity', 'nan', 'NaN '];
  expect(fromJson(toJson(texts))).toEqual(texts);
  expect(JSON.parse(toJson({ layer: 'Infinity' }))).toEqual({ layer: '\\Infinity' });
});

it('gives back whatever JSON can hold, and every number', () => {
  const number = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Infinity, -Infinity));
  // JSON knows no -0, with or without us.
  const value = fc.letrec((tie) => ({
    node: fc.oneof(
      { depthSize: 'small' },
      number.map((x) => x || 0),
      fc.string(),
      fc.constantFrom('NaN', '\\Infinity', null, true),
      fc.array(tie('node')),
      fc.dictionary(
        fc.string().filter((key) => key !== '__proto__'),
        tie('node'),
        { noNullPrototype: true },
      ),
    ),
  })).node;
  fc.assert(
    fc.property(value, (each) => {
      expect(fromJson(toJson(each, 2))).toEqual(each);
    }),
  );
});

it('reads a field that is meant to be a number', () => {
  expect([0.5, -Infinity, null, 'NaN', {}, undefined].map(numberOf)).toEqual([
    0.5,
    -Infinity,
    Number.NaN,
    Number.NaN,
    Number.NaN,
    undefined,
  ]);
});
