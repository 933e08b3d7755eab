/** Longest time in milliseconds that timers, signals and the page wait for a loop that calls {@link turnEventLoop}. */
const MAX_WAIT_MS = 50;

let lastTurn = 0;

/**
 * Lets everything else in the process run, if it has waited for 50 ms.
 *
 * On backends that compute at once, awaiting a tensor's data never leaves the microtask queue: without this no timer
 * fires and no signal is handled until training ends.
 */
export async function turnEventLoop(): Promise<void> {
  if (performance.now() - lastTurn < MAX_WAIT_MS) return;
  // Not setTimeout: browsers hold it back to once a second in pages that are not in front.
  const { port1, port2 } = new MessageChannel();
  await new Promise((resolve) => {
    port1.onmessage = resolve;
    port2.postMessage(undefined);
  });
  port1.close();
  lastTurn = performance.now();
}
