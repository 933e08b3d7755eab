import * as tf from '@tensorflow/tfjs-core';
import type { ParamGradient } from '../contract/gradient-transform.js';
import { allAxes, isVector, unitAxes, unitAxesOfTimm } from './unit-axes.js';
import type { UnitGradient } from './unit-stacks.js';
import { assertEntriesExist, namesLayer, namesWeight, parseWeightName } from './weight-name.js';

/** What is clipped by itself: an output, a whole tensor, or as in timm, each element of a gain too. */
export type Unit = 'output' | 'tensor' | 'gain-apart';

/** Which weights are meant, and what is a unit of them. */
export interface UnitSelection {
  /** Layers or weights that are left out. */
  readonly exclude: readonly string[];
  /** Axes that make up one unit, by layer or weight, where the shape does not tell. */
  readonly axes: Readonly<Record<string, readonly number[]>>;
  /** What is a unit of the others. */
  readonly unit: Unit;
}

/**
 * The axes of one unit for each gradient, or `undefined` for an excluded one.
 *
 * @throws Error if an entry of `exclude` or `axes` names nothing, or if the layout of a weight cannot be told.
 */
export function selectUnits(
  who: string,
  gradients: readonly ParamGradient[],
  { exclude, axes, unit }: UnitSelection,
): (UnitGradient | undefined)[] {
  if (gradients.length === 0) return [];
  assertEntriesExist(who, 'exclude', exclude, gradients);
  assertEntriesExist(who, 'axes', Object.keys(axes), gradients);
  return gradients.map(({ param, grad }) => {
    const isExcluded = exclude.some((entry) => namesLayer(entry, param.name) || namesWeight(entry, param.name));
    return isExcluded ? undefined : { param, grad, axes: axesOf(who, param, axes, unit) };
  });
}

function axesOf(who: string, { name, shape }: tf.Variable, axes: UnitSelection['axes'], unit: Unit): readonly number[] {
  const entries = Object.keys(axes);
  const entry =
    entries.find((each) => namesWeight(each, name)) ??
    (isVector(shape) ? undefined : entries.find((each) => namesLayer(each, name)));
  if (entry !== undefined) {
    const given = axes[entry]!;
    if (given.every((axis) => axis < shape.length)) return given;
    throw new RangeError(
      `${who}: \`axes\` of '${entry}' must be below the rank of '${name}' of shape [${shape}], got [${given}].`,
    );
  }

  if (unit === 'tensor') return allAxes(shape);

  const { layer, weight, suffix } = parseWeightName(name);
  const plainName = layer === '' ? name : `${layer}/${weight}`;
  const found = (unit === 'output' ? unitAxes : unitAxesOfTimm)(shape, weight);
  if (found === undefined) {
    throw new Error(
      `${who}: \`axes\` must be given for '${plainName}' of shape [${shape}], whose rank does not tell which axes ` +
        `make up one output unit. Write axes: { '${plainName}': [...] }, or exclude: ['${plainName}'].`,
    );
  }
  const biasShape = tf.engine().registeredVariables[`${layer}/bias${suffix}`]?.shape;
  if (weight === 'kernel' && biasShape !== undefined && isTransposed(shape, biasShape)) {
    const outIsThird = shape.map((_, axis) => axis).filter((axis) => axis !== shape.length - 2);
    throw new Error(
      `${who}: \`axes\` must be given for '${plainName}' of shape [${shape}]: its bias has ${biasShape} values, so ` +
        'it seems to be the kernel of a transposed convolution, [..., out, in]. ' +
        `Write axes: { '${plainName}': [${outIsThird.join(', ')}] }, or exclude: ['${plainName}'].`,
    );
  }
  return found;
}

// Where in and out are equal, or there is no bias, nothing shows: the README tells users to give the axes.
function isTransposed(shape: readonly number[], biasShape: readonly number[]): boolean {
  const [bias] = biasShape;
  return shape.length >= 4 && biasShape.length === 1 && bias !== shape.at(-1) && bias === shape.at(-2);
}
