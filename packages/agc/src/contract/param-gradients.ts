import { show } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import type { ParamGradient } from './gradient-transform.js';

/**
 * Gradients with their variables; from the map of names that `tf.variableGrads` makes, where null stands for none, too.
 *
 * @throws TypeError if `gradients` is neither, Error if a name belongs to no variable
 */
export function paramGradients(who: string, gradients: readonly ParamGradient[] | tf.NamedTensorMap): ParamGradient[] {
  if (!Array.isArray(gradients) && !isMap(gradients)) throw noGradients(who, gradients);
  const list = Array.isArray(gradients)
    ? (gradients as readonly ParamGradient[])
    : Object.entries(gradients as tf.NamedTensorMap).flatMap(([name, grad]) =>
        grad == null ? [] : [{ param: variableOf(who, name), grad }],
      );
  if (list.every((each) => each?.param instanceof tf.Tensor && each.grad instanceof tf.Tensor)) return [...list];
  throw noGradients(who, gradients);
}

/** The variable called `name`. */
export function variableOf(who: string, name: string): tf.Variable {
  const variable = tf.engine().registeredVariables[name];
  if (variable !== undefined) return variable;
  throw new Error(`${who}: every gradient must belong to a variable, got '${name}', which does not exist.`);
}

const isMap = (value: unknown) =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every((each) => each == null || each instanceof tf.Tensor);

const noGradients = (who: string, value: unknown) =>
  new TypeError(
    `${who}: \`gradients\` must be an array of { param, grad }, a variable and its gradient, or the \`grads\` of tf.variableGrads, got ${show(value)}.`,
  );
