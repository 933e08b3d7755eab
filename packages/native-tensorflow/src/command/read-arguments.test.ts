import { expect, it } from 'vitest';
import { readArguments } from './read-arguments.js';

const DEFAULTS = { gpu: false, force: false, check: false, dryRun: false };

it('reads what is asked for', () => {
  expect(readArguments([])).toEqual(DEFAULTS);
  expect(readArguments(['--gpu', '--dry-run', '--source', 'tfjs'])).toEqual({
    ...DEFAULTS,
    gpu: true,
    dryRun: true,
    source: 'tfjs',
  });
  expect(readArguments(['--force', '--wheel=a b.whl'])).toEqual({
    ...DEFAULTS,
    force: true,
    source: 'wheel',
    wheel: 'a b.whl',
  });
  expect(readArguments(['-h'])).toBeUndefined();
});

it.each([
  [['--source', 'conda'], '`--source` must be one of pip, wheel, tfjs, got conda.'],
  [['--source', 'wheel'], '`--source wheel` needs the wheel: add --wheel FILE.'],
  [
    ['--source', 'pip', '--wheel', 'a.whl'],
    '`--wheel` is a source of its own, got `--source pip` beside it. Leave one out.',
  ],
  [['--verbose'], "Unknown option '--verbose'"],
  [['now'], "Unexpected argument 'now'"],
])('refuses %j', (args, message) => {
  expect(() => readArguments(args)).toThrow(message);
});
