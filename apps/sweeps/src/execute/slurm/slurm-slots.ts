/** What an array of tasks has in the cluster. */
export interface ArrayLoad {
  /** The number of the array's job. */
  readonly id: string;
  /** Tasks that run, or hold their node otherwise. */
  readonly running: number;
  readonly pending: number;
  readonly isHeld: boolean;
}

/** How many tasks of an array may run at a time; none: those that wait are held. */
export interface ArraySlots {
  readonly id: string;
  readonly slots: number;
}

/**
 * Deals `parallel` tasks at a time to all arrays of a sweep, the earlier first, so that however the arrays go on by themselves no
 * more run together. Only for arrays with tasks that wait. Pure.
 */
export function dealSlots(arrays: readonly ArrayLoad[], parallel: number): ArraySlots[] {
  let free = parallel - arrays.reduce((sum, { running }) => sum + running, 0);
  return arrays
    .filter(({ pending }) => pending > 0)
    .map(({ id, running, pending }) => {
      const more = Math.max(0, Math.min(pending, free));
      free -= more;
      return { id, slots: running + more };
    });
}
