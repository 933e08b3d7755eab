import * as tf from '@tensorflow/tfjs-core';
import type { StateSlot, TransformState } from '../contract/transform-state.js';
import type { NamedTensor } from './slot-order.js';

/*
 * What transforms remember stands behind the weights of the optimizer, as `<variable>/transform<number>.<position>.<slot>`, or
 * `transform<number>.<slot>` for what is kept for all. The position is that of the variable among those of the optimizer: where a model
 * is loaded beside the one it was saved from, `head/kernel` is called `head/kernel_1`.
 */
const SAVED = /^(?:(?<variable>.*)\/transform(?<own>\d+)\.(?<position>\d+)|transform(?<shared>\d+))\.(?<slot>[^./]+)$/;

/** A tensor of a transform's state as it was saved. */
export interface SavedSlot {
  /** Its name among the saved weights. */
  readonly saved: string;
  /** Which transform's it is. */
  readonly transform: number;
  readonly slot: string;
  /** Whose it is: the name and position of a variable, undefined for what is kept for all. */
  readonly variable: { readonly name: string; readonly position: number } | undefined;
  readonly value: tf.Variable;
}

/** The states of an optimizer's transforms under the names by which they are saved; `order` has its variables by position. */
export function nameStates(states: readonly TransformState[], order: readonly string[]): NamedTensor[] {
  return states.flatMap((state, i) =>
    state.list().map(({ param, slot, value }) => ({
      name: param ? `${param.name}/transform${i}.${order.indexOf(param.name)}.${slot}` : `transform${i}.${slot}`,
      tensor: value,
    })),
  );
}

/** Splits what an optimizer has saved into its own weights and copies of the states of its transforms. */
export function splitStates<T extends NamedTensor>(weights: readonly T[]): { own: T[]; states: SavedSlot[] } {
  const own: T[] = [];
  const states: SavedSlot[] = [];
  for (const each of weights) {
    const found = SAVED.exec(each.name)?.groups;
    if (found === undefined) {
      own.push(each);
      continue;
    }
    states.push({
      saved: each.name,
      transform: Number(found['own'] ?? found['shared']),
      slot: found['slot']!,
      variable:
        found['variable'] === undefined ? undefined : { name: found['variable'], position: Number(found['position']) },
      value: tf.variable(each.tensor, false),
    });
  }
  return { own, states };
}

/**
 * Finds the variables that saved states belong to among those of `names`: by name if all are there, else by position.
 *
 * @throws Error if there are fewer variables than positions
 */
export function claimStates(saved: readonly SavedSlot[], names: readonly string[]): (StateSlot & SavedSlot)[] {
  const areNamed = saved.every(({ variable }) => variable === undefined || names.includes(variable.name));
  const { registeredVariables } = tf.engine();
  return saved.map((each) => {
    if (each.variable === undefined) return { ...each, param: undefined };
    const name = areNamed ? each.variable.name : names[each.variable.position];
    if (name !== undefined) return { ...each, param: registeredVariables[name] };
    throw new Error(
      `withTransforms: the loaded state belongs to ${each.variable.position + 1} variables or more ('${each.variable.name}'), and there are ${names.length} with gradients. Load it for the model it was saved with.`,
    );
  });
}
