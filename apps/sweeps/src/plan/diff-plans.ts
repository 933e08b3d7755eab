import type { Trial } from '../schema/index.js';
import { type AxisValue, leaves } from './axes.js';

/** How two plans differ. */
export interface PlanDiff {
  readonly added: readonly Trial[];
  readonly removed: readonly Trial[];
  readonly kept: readonly Trial[];
  /** Keys whose values occur in one plan only: `batchSize: 64, 256 -> 256, 1024`. */
  readonly changes: readonly string[];
}

/** Tells what going from the trials `before` to `after` adds and takes away. Pure. */
export function diffPlans(before: readonly Trial[], after: readonly Trial[]): PlanDiff {
  const idsOf = (trials: readonly Trial[]) => new Set(trials.map(({ id }) => id));
  const [old, now] = [idsOf(before), idsOf(after)];
  const values = { before: valuesByKey(before), after: valuesByKey(after) };
  const keys = [...new Set([...values.before.keys(), ...values.after.keys()])];
  return {
    added: after.filter(({ id }) => !old.has(id)),
    removed: before.filter(({ id }) => !now.has(id)),
    kept: after.filter(({ id }) => old.has(id)),
    changes: keys.flatMap((key) => {
      const [from, to] = [show(values.before.get(key)), show(values.after.get(key))];
      return from === to ? [] : [`${key}: ${from} -> ${to}`];
    }),
  };
}

function valuesByKey(trials: readonly Trial[]): Map<string, Set<AxisValue>> {
  const values = new Map<string, Set<AxisValue>>();
  for (const { config } of trials) {
    for (const [key, value] of Object.entries(leaves(config)))
      values.set(key, (values.get(key) ?? new Set()).add(value));
  }
  return values;
}

const show = (values: ReadonlySet<AxisValue> | undefined): string => (values ? [...values].join(', ') : 'default');
