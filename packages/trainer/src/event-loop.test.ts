import { expect, it } from 'vitest';
import { turnEventLoop } from './event-loop.js';

/** Calls `turnEventLoop` as a busy loop does for `milliseconds`; returns how often. */
async function beBusy(milliseconds: number): Promise<number> {
  const end = performance.now() + milliseconds;
  let calls = 0;
  for (; performance.now() < end; calls++) await turnEventLoop();
  return calls;
}

it('lets timers fire in a loop that only awaits', async () => {
  let fired = 0;
  const timer = setInterval(() => fired++, 1);
  const calls = await beBusy(300);
  clearInterval(timer);
  // About every 50 ms, whatever the number of calls.
  expect(fired).toBeGreaterThanOrEqual(2);
  expect(fired).toBeLessThanOrEqual(10);
  expect(calls).toBeGreaterThan(100);
});
