/** Milliseconds without a worker until the first word about it, and until the next; twice as long each time. */
const FIRST = 3000;
const NEXT = 60_000;

/**
 * What to tell of the workers of a queue, of which `look` hears now and then: that there is none, after a few seconds and then ever
 * more rarely, and that there is one again. Pure but for what it has heard.
 */
export function workerWatch(start: string): (workers: number, now: number) => string | undefined {
  let since: number | undefined;
  let next = FIRST;
  let isTold = false;
  return (workers, now) => {
    if (workers > 0) {
      const text = isTold ? `${workers === 1 ? 'A worker is' : `${workers} workers are`} connected.` : undefined;
      [since, next, isTold] = [undefined, FIRST, false];
      return text;
    }
    since ??= now;
    if (now - since < next) return undefined;
    next = isTold ? 2 * next : NEXT;
    isTold = true;
    return `No worker is connected, so nothing runs. On each machine that sees the run folder: ${start}`;
  };
}
