import { expect, it } from 'vitest';
import { compilerFigures } from './compiler-figures.js';

const PRINTED = [
  'Files:                         1893',
  'Lines of Library:             45059',
  'Instantiations:             1048593',
  'Memory used:               1012345K',
  'Check time:                  18.20s',
  'Total time:                  25.64s',
].join('\n');

it('reads what tsc prints', () => {
  expect(compilerFigures(PRINTED)).toEqual({
    seconds: 25.64,
    megabytes: 1012.345,
    files: 1893,
    instantiations: 1_048_593,
  });
});

it('says which line is missing', () => {
  expect(() => compilerFigures(PRINTED.replace('Memory', 'RAM'))).toThrow('must print a line `Memory used`');
});
