import { describe, expect, it } from 'vitest';
import { parsePipLine, pipComplaint, sortPipFailure } from './pip-output.js';

describe('parsePipLine', () => {
  it.each([
    [
      '  Downloading tf-2.21.0-cp311.whl (273.8 MB)',
      { action: 'download', wheel: 'tf-2.21.0-cp311.whl', size: '273.8 MB' },
    ],
    [
      'Downloading https://index.example/a/tf-2.whl (1.2 kB)',
      { action: 'download', wheel: 'tf-2.whl', size: '1.2 kB' },
    ],
    ['  Using cached tf-2.whl (273.8 MB)', { action: 'cache', wheel: 'tf-2.whl', size: '273.8 MB' }],
    ['Processing /my wheels/tf-2.whl', { action: 'file', wheel: '/my wheels/tf-2.whl' }],
  ])('reads %j', (line, step) => {
    expect(parsePipLine(line)).toEqual(step);
  });

  it.each(['Collecting tensorflow-cpu', '  Downloading tf-2.whl.metadata (4.4 kB)', 'Saved ./tf-2.whl'])(
    'passes over %j',
    (line) => {
      expect(parsePipLine(line)).toBeUndefined();
    },
  );
});

describe('failures of pip', () => {
  const NO_MATCH = 'ERROR: No matching distribution found for tensorflow-cpu<3';

  it.each([
    [["WARNING: Retrying after 'NewConnectionError('", NO_MATCH], 'offline'],
    [['ERROR: Could not find a version that satisfies the requirement', NO_MATCH], 'no wheel'],
    [['ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device'], 'full disk'],
    [['Segmentation fault'], 'other'],
  ])('sorts %j as %s', (lines, failure) => {
    expect(sortPipFailure(lines)).toBe(failure);
  });

  it('finds the line that tells what went wrong', () => {
    expect(pipComplaint(['Traceback', 'ValueError: x', 'at the end'])).toBe('ValueError: x');
    expect(pipComplaint(['Segmentation fault'])).toBe('Segmentation fault');
    expect(pipComplaint([])).toBe('it said nothing');
  });
});
