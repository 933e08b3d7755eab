import { expect, it } from 'vitest';
import { SlotPool } from './slot-pool.js';

it('gives slots together, by who came first, and all to who wants more', async () => {
  const pool = new SlotPool(['a', 'b', 'c']);
  const given: string[] = [];
  const take = async (name: string, count: number) => {
    const slots = await pool.take(count);
    given.push(`${name} ${slots.join('')}`);
    return slots;
  };
  const [first, second, third, fourth] = [take('1', 2), take('2', 2), take('3', 1), take('4', 9)];
  const one = await first;
  // One is free, and the second, who wants two, is before the third, who wants one.
  await Promise.resolve();
  expect(given).toEqual(['1 ab']);
  pool.give(one);
  const two = await second;
  const three = await third;
  pool.give(two);
  pool.give(three);
  expect((await fourth).toSorted()).toEqual(['a', 'b', 'c']);
  expect(given.map((line) => line[0])).toEqual(['1', '2', '3', '4']);
});
