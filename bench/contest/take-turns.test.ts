import { expect, it } from 'vitest';
import type { Participant } from '../processes/participant.js';
import { type Contestant, takeTurns } from './take-turns.js';

/** A participant in a line of JavaScript, which answers every question with `reply`. */
const answering = (name: string, reply: string): Contestant => ({
  name,
  command: {
    program: process.execPath,
    args: ['-e', `console.log('hello'); console.log('{"version":"1"}'); process.stdin.on('data', () => {${reply}})`],
  },
});
const echo = (name: string) => answering(name, `console.log('{"name":"${name}"}')`);

/** Two rounds, and the order in which who was opened and asked. */
async function play(contestants: readonly Contestant[], alone: boolean) {
  const order: string[] = [];
  const outcomes = await takeTurns<string>(contestants, {
    rounds: 2,
    alone,
    open: async (_, name) => void order.push(`open ${name}`),
    round: async (participant: Participant) => {
      const { name } = await participant.ask<{ name: string }>({});
      order.push(name);
      return name;
    },
  });
  return { order, outcomes };
}

it('takes turns among processes that stay', async () => {
  const { order, outcomes } = await play([echo('a'), echo('b')], false);
  expect(order).toEqual(['open a', 'open b', 'a', 'b', 'a', 'b']);
  expect(outcomes.get('b')).toEqual({ version: '1', rounds: ['b', 'b'] });
});

it('starts each anew where they must be alone', async () => {
  const { order } = await play([echo('a'), echo('b')], true);
  expect(order).toEqual(['open a', 'a', 'open b', 'b', 'open a', 'a', 'open b', 'b']);
});

it('goes on without those that are missing or fail, and says why', async () => {
  const { outcomes } = await play(
    [
      { name: 'not installed', command: 'pip install it' },
      { name: 'not found', command: { program: '/nonexistent/python', args: [] } },
      { ...echo('too large'), needsGB: 1e6 },
      answering('lacks a library', `console.log('{"missing":"a library"}')`),
      answering('crashes', `console.error('out of luck'); process.exit(3)`),
      echo('a'),
    ],
    false,
  );
  expect(outcomes.get('not installed')).toEqual({ missing: 'pip install it' });
  expect(outcomes.get('not found')).toEqual({ missing: 'spawn /nonexistent/python ENOENT' });
  expect(outcomes.get('too large')).toMatchObject({
    missing: expect.stringMatching(/^needs 1000000 GB of free memory, and [\d.]+ GB are free$/),
  });
  expect(outcomes.get('lacks a library')).toEqual({ missing: 'a library' });
  expect(outcomes.get('crashes')).toEqual({ failed: 'ended with 3: out of luck' });
  expect(outcomes.get('a')).toEqual({ version: '1', rounds: ['a', 'a'] });
});
