import * as tf from '@tensorflow/tfjs-core';
import { type ClipMeasurement, measureNothing, measureSizes } from '../contract/clip-measurement.js';
import type { ParamGradient } from '../contract/gradient-transform.js';
import { selectUnits } from '../units/select-units.js';
import { stackUnits, unitNorms } from '../units/unit-stacks.js';
import { layerOf } from '../units/weight-name.js';
import type { ClipOptions } from './clip-options.js';

/** Measures what adaptive clipping does: the norm of every unit's gradient beside that of its parameters. */
export function measureUnitwise(
  who: string,
  gradients: readonly ParamGradient[],
  { clipFactor, eps, ...selection }: ClipOptions,
): ClipMeasurement {
  const units = selectUnits(who, gradients, selection).filter((unit) => unit !== undefined);
  if (units.length === 0) return measureNothing();
  return measureSizes(() => {
    const stacks = stackUnits(units);
    const runs = stacks.flatMap((each) =>
      each.indices.map((index) => ({
        layer: layerOf(units[index]!.param),
        units: each.units / each.indices.length,
        index,
      })),
    );
    return {
      sizes: unitNorms(stacks, 'grads'),
      references: tf.maximum(unitNorms(stacks, 'params'), eps),
      factor: clipFactor,
      runs,
    };
  });
}
