import { expect, it } from 'vitest';
import { workerWatch } from './worker-watch.js';

it('tells that no worker is there after a few seconds, then ever more rarely, and that one is', () => {
  const watch = workerWatch('nf-sweeps worker');
  const told = (seconds: number, workers: number) => watch(workers, 1000 * seconds);
  const none = 'No worker is connected, so nothing runs. On each machine that sees the run folder: nf-sweeps worker';
  const times = Array.from({ length: 400 }, (_, seconds) => seconds).filter((seconds) => told(seconds, 0) === none);
  // 3 s, 60 s, 120 s, 240 s.
  expect(times).toEqual([3, 60, 120, 240]);
  expect(told(400, 2)).toBe('2 workers are connected.');
  expect(told(401, 2)).toBeUndefined();
  // They go away.
  expect([told(402, 0), told(404, 0), told(405, 0)]).toEqual([undefined, undefined, none]);
  expect(told(406, 1)).toBe('A worker is connected.');
});
