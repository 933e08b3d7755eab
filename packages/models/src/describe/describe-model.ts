import { anything, checkOptions } from '@nfnets/options';
import { type Family, type ModelName, type ModelSpec, PRESETS } from '../presets/presets.js';
import { TOP1 } from '../presets/published-accuracy.js';
import { unknownPreset } from '../presets/unknown-preset.js';
import { countMacs } from './count-macs.js';
import { countParameters } from './count-parameters.js';

/** What a preset is, in figures. */
export interface ModelDescription {
  readonly name: ModelName;
  readonly family: Family;
  /** Trainable parameters, with 1000 classes (with 10 where the images are grey digits). */
  readonly parameters: number;
  /** Multiply-accumulates of one image at `trainSize` and at `testSize`. */
  readonly macs: { readonly train: number; readonly test: number };
  /** Pixels of the training images, square. */
  readonly trainSize: number;
  /** Pixels of the test images, square. */
  readonly testSize: number;
  /** Published top-1 accuracy on ImageNet in percent; null where there is none. */
  readonly top1: number | null;
  /** Where the architecture is from. */
  readonly source: string;
}

/**
 * Lists the names of all presets, in the order of their tables.
 *
 * Names under `timm/` are timm's networks; the others are their authors'.
 *
 * @param options The family that is meant. Default all.
 * @throws RangeError when there is no such family.
 * @example
 * ```ts
 * import { listModels } from '@nfnets/models';
 *
 * console.log(listModels({ family: 'nf_regnet' }).slice(0, 2)); // ['nf_regnet_b0', 'nf_regnet_b1']
 * ```
 */
export function listModels(options: { readonly family?: Family } = {}): ModelName[] {
  checkOptions<{ family?: Family }>('listModels', options, { family: anything });
  const { family } = options;
  const names = Object.keys(PRESETS) as ModelName[];
  if (family === undefined) return names;
  const families = [...new Set(names.map((name) => PRESETS[name].family))];
  if (!families.includes(family)) {
    throw unknownPreset(`listModels: \`family\` must be one of ${families.join(', ')}`, family, families);
  }
  return names.filter((name) => PRESETS[name].family === family);
}

/**
 * Describes a preset, without making it.
 *
 * @param name A name of {@link listModels}.
 * @throws RangeError when the name is unknown.
 * @example
 * ```ts
 * import { describeModel, listModels } from '@nfnets/models';
 *
 * const small = listModels().map(describeModel).filter(({ parameters }) => parameters < 10e6);
 * console.log(small.map(({ name, macs, top1 }) => `${name}: ${macs.test} MACs, ${top1} %`));
 * ```
 */
export function describeModel(name: ModelName): ModelDescription {
  if (!Object.keys(PRESETS).includes(name)) {
    throw unknownPreset('describeModel: `name` must be a name of listModels()', name, Object.keys(PRESETS));
  }
  const spec: ModelSpec = PRESETS[name];
  const { family, trainSize, testSize } = spec;
  const classes = spec.inputShape[2] === 1 ? 10 : 1000;
  return {
    name,
    family,
    parameters: countParameters(spec, classes),
    macs: { train: countMacs(spec, trainSize, classes), test: countMacs(spec, testSize, classes) },
    trainSize,
    testSize,
    top1: TOP1[name] ?? null,
    source: sourceOf(name, family),
  };
}

const SOURCES: Record<Family, string> = {
  nfnet: 'Brock et al. 2021, arXiv:2102.06171',
  nf_resnet: 'Brock et al. 2021, arXiv:2101.08692',
  nf_regnet: 'Brock et al. 2021, arXiv:2101.08692',
  resnet: 'He et al. 2016, arXiv:1512.03385',
  efficientnet: 'Tan & Le 2019, arXiv:1905.11946',
};

function sourceOf(name: ModelName, family: Family): string {
  if (name.startsWith('timm/')) return 'timm, models/nfnet.py';
  return name.endsWith('_digits') ? 'this package' : SOURCES[family];
}
