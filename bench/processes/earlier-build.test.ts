import { expect, it } from 'vitest';
import { earlierChild } from './earlier-build.js';

it('says in one line that history lacks a commit', () => {
  expect(earlierChild('0'.repeat(40), 'ours.ts', [])).toMatch(/^git has no commit 0{40} here: .*fetch.*$/);
});
