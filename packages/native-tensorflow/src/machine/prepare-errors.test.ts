import { expect, it } from 'vitest';
import { formatSize } from './format-size.js';
import { explainSystemError } from './prepare-errors.js';

it.each([
  [
    'EACCES',
    '/a/b cannot be written (EACCES: no permission, or a read-only disk). Run the command as the owner of /a, ',
  ],
  ['ENOSPC', 'There is no space left on the disk. Free some and run the same command again.'],
  ['ENOTDIR', '/a/b cannot be made: a file is in the way (ENOTDIR). Move it away.'],
])('explains %s', (code, message) => {
  expect(String(explainSystemError(Object.assign(new Error(code), { code, path: '/a/b' })))).toContain(message);
});

it('leaves other errors as they are', () => {
  const error = new TypeError('a mistake of ours');
  expect(explainSystemError(error)).toBe(error);
});

it.each([
  [273829956, '274 MB'],
  [1.2e9, '1.2 GB'],
  [134086, '0.1 MB'],
])('writes %i bytes as %s', (bytes, text) => {
  expect(formatSize(bytes)).toBe(text);
});
