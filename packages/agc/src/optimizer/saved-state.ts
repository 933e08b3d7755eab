import * as tf from '@tensorflow/tfjs-core';
import type { StateSlot, TransformState } from '../contract/transform-state.js';
import type { NamedTensor } from './slot-order.js';

/*
 * What transforms remember stands behind the weights of the optimizer, as `<variable>/transform<number>.<position>of<count>.<slot>`,
 * or `transform<number>.<slot>` for what is kept for all. The position is that of the variable among those of the optimizer: where a model
 * is loaded beside the one it was saved from, `head/kernel` is called `head/kernel_1`.
 */
const SAVED =
  /^(?:(?<variable>.*)\/transform(?<own>\d+)\.(?<position>\d+)of(?<count>\d+)|transform(?<shared>\d+))\.(?<slot>[^./]+)$/;

/** A tensor of a transform's state as it was saved. */
export interface SavedSlot {
  /** Its name among the saved weights. */
  readonly saved: string;
  /** Which transform's it is. */
  readonly transform: number;
  readonly slot: string;
  /** Whose it is: the name of a variable and its position among so many, undefined for what is kept for all. */
  readonly variable: { readonly name: string; readonly position: number; readonly count: number } | undefined;
  readonly value: tf.Variable;
}

/** The states of an optimizer's transforms under the names by which they are saved; `order` has its variables by position. */
export function nameStates(states: readonly TransformState[], order: readonly string[]): NamedTensor[] {
  return states.flatMap((state, i) =>
    state.list().map(({ param, slot, value }) => ({
      name: param
        ? `${param.name}/transform${i}.${order.indexOf(param.name)}of${order.length}.${slot}`
        : `transform${i}.${slot}`,
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
        found['variable'] === undefined
          ? undefined
          : { name: found['variable'], position: Number(found['position']), count: Number(found['count']) },
      value: tf.variable(each.tensor, false),
    });
  }
  return { own, states };
}

/**
 * Finds the variables that saved states belong to: by name if any of those in `names` is among theirs, else by position.
 *
 * @param names the variables that an optimizer is given, with gradients or without
 * @throws Error if there are not as many as there were
 */
export function claimStates(saved: readonly SavedSlot[], names: readonly string[]): (StateSlot & SavedSlot)[] {
  const { registeredVariables } = tf.engine();
  const areNamed = saved.some(({ variable }) => variable !== undefined && names.includes(variable.name));
  return saved.map((each) => {
    if (each.variable === undefined) return { ...each, param: undefined };
    const { name, position, count } = each.variable;
    const param = registeredVariables[areNamed ? name : names[position]!];
    if (param !== undefined && (areNamed || count === names.length)) return { ...each, param };
    throw new Error(
      `withTransforms: the loaded state is of ${count} variables, '${name}' one of them, and there are ${names.length}: ${names.slice(0, 3).join(', ')}${names.length > 3 ? ', ...' : ''}. Load it for the model it was saved with, and give the first step all of its variables.`,
    );
  });
}
