import { expect, it } from 'vitest';
import { turnEventLoop } from './event-loop.js';

it('lets timers fire in a loop that only awaits, and not at every turn', async () => {
  let fired = 0;
  const timer = setInterval(() => fired++, 1);
  let calls = 0;
  // About every 50 ms, whatever the number of calls; an end for a loop that never lets them.
  for (const end = performance.now() + 60_000; fired < 3 && performance.now() < end; calls++) await turnEventLoop();
  clearInterval(timer);
  expect(fired).toBe(3);
  expect(calls).toBeGreaterThan(100);
});
