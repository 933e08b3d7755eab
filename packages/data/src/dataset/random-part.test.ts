import { expect, it } from 'vitest';
import type { ImageSource } from './image-source.js';
import { randomPart } from './random-part.js';

const source: ImageSource = {
  length: 100,
  numClasses: 2,
  classNames: ['even', 'odd'],
  read: (index) => ({ label: index % 2, image: new Uint8Array(), name: String(index) }),
};
const namesOf = async ({ length, read }: ImageSource) =>
  Promise.all(Array.from({ length }, async (_, i) => Number((await read(i)).name)));

it('takes different samples by a seed, in the order of the source', async () => {
  const part = randomPart(source, { count: 10, seed: 1 });
  const names = await namesOf(part);
  expect([part.length, part.numClasses, part.classNames]).toEqual([10, 2, ['even', 'odd']]);
  expect(names).toEqual([...new Set(names)].sort((a, b) => a - b));
  expect(await namesOf(randomPart(source, { count: 10, seed: 1 }))).toEqual(names);
  expect(await namesOf(randomPart(source, { count: 10, seed: 2 }))).not.toEqual(names);
  expect(await namesOf(randomPart(source, { count: 100, seed: 2 }))).toEqual(Array.from({ length: 100 }, (_, i) => i));
  expect(() => part.read(10)).toThrow('randomPart: index must be in [0, 10), got 10.');
});

it('refuses to take more than there are', () => {
  expect(() => randomPart(source, { count: 101, seed: 1 })).toThrow(
    'randomPart: `count` must be at most the 100 samples there are, got 101.',
  );
  expect(() => randomPart(source, { count: 0, seed: 1 })).toThrow(
    'randomPart: `count` must be an integer >= 1, got 0.',
  );
});
