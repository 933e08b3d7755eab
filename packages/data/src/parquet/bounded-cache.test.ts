import { expect, it } from 'vitest';
import { BoundedCache } from './bounded-cache.js';

const tick = () => new Promise((resolve) => setTimeout(resolve, 0));

/** A cache whose things are made when the test says so. */
function makeCache(limit: number) {
  const cache = new BoundedCache<string, string>(limit);
  const started: string[] = [];
  const finish = new Map<string, (error?: Error) => void>();
  const get = (key: string, cost: number) =>
    cache.get(key, cost, () => {
      started.push(key);
      return new Promise((resolve, reject) => finish.set(key, (error) => (error ? reject(error) : resolve(key))));
    });
  return { get, started, finish: (key: string, error?: Error) => finish.get(key)!(error) };
}

it('makes no more at once than it has room for, and each thing once', async () => {
  const { get, started, finish } = makeCache(10);
  const all = [get('a', 6), get('b', 4), get('a', 6), get('c', 5)];
  await tick();
  expect(started).toEqual(['a', 'b']);
  finish('a');
  await tick();
  // The room of `a`, which is made, is that of `c` now.
  expect(started).toEqual(['a', 'b', 'c']);
  finish('b');
  finish('c');
  expect(await Promise.all(all)).toEqual(['a', 'b', 'a', 'c']);
  expect(await get('c', 5)).toBe('c');
  expect(started.length).toBe(3);
});

it('gives up what was not asked for the longest', async () => {
  const { get, started, finish } = makeCache(2);
  const ask = async (key: string) => {
    const value = get(key, 1);
    await tick();
    if (started.at(-1) === key) finish(key);
    return value;
  };
  for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) await ask(key);
  expect(started).toEqual(['a', 'b', 'c', 'b']);
});

it('makes alone what costs more than the limit, and keeps nothing that failed', async () => {
  const { get, started, finish } = makeCache(3);
  const [large, small] = [get('large', 9), get('small', 1)];
  await tick();
  expect(started).toEqual(['large']);
  finish('large', new Error('no disk'));
  await expect(large).rejects.toThrow('no disk');
  await tick();
  expect(started).toEqual(['large', 'small']);
  finish('small');
  expect(await small).toBe('small');
  void get('large', 9);
  await tick();
  expect(started).toEqual(['large', 'small', 'large']);
});
