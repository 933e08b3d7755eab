import * as tf from '@tensorflow/tfjs-core';
import { type ClipMeasurement, measureNothing, measureSizes } from '../contract/clip-measurement.js';
import type { ParamGradient } from '../contract/gradient-transform.js';
import { selectUnits, type UnitSelection } from '../units/select-units.js';
import { stackUnits, unitNorms } from '../units/unit-stacks.js';
import { layerOf } from '../units/weight-name.js';
import type { ClipLimits } from './clip-unitwise.js';

/**
 * Measures what adaptive clipping does: the norm of every unit's gradient beside that of its parameters. Above the limit it is clipped,
 * smoothly or not. `makeFactor` is called within a tidy.
 */
export function measureUnitwise(
  who: string,
  gradients: readonly ParamGradient[],
  { eps, ...selection }: Pick<ClipLimits, 'eps'> & UnitSelection,
  makeFactor: () => ClipLimits['clipFactor'],
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
      factor: makeFactor(),
      runs,
    };
  });
}
