import { setTimeout } from 'node:timers/promises';

/** Waits until `condition` holds; fails after `seconds`. */
export async function until(condition: () => boolean | Promise<boolean>, seconds = 100): Promise<void> {
  for (const start = performance.now(); !(await condition()); ) {
    if (performance.now() - start > 1000 * seconds) throw new Error(`It did not happen in ${seconds} s.`);
    await setTimeout(20);
  }
}
