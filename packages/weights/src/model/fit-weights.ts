import type { PublishedWeight } from '@nfnets/models';
import type { StoredTensor } from '@nfnets/safetensors';
import type { WeightFile } from '../formats/weight-file.js';

/** A weight that a file has in another shape, by its name there. */
export interface MisshapenWeight {
  readonly name: string;
  readonly inFile: readonly number[];
  readonly inModel: readonly number[];
}

/** How a file and a model fit together. */
export interface WeightFit {
  /** Weights that fit: the model's name and where its values are. */
  readonly fitting: readonly {
    readonly name: string;
    readonly published: PublishedWeight;
    readonly stored: StoredTensor;
  }[];
  /** Names that the file should have. */
  readonly missing: readonly string[];
  /** Names that the file has and the model does not. */
  readonly unexpected: readonly string[];
  readonly misshapen: readonly MisshapenWeight[];
  /** What the file has under names of weights, and is no tensor. */
  readonly noTensors: ReadonlyMap<string, string>;
  /** Names of what lies beside the weights and is none. */
  readonly passedOver: readonly string[];
}

/** What other software keeps among the weights: the state of a module that is no tensor of it, and the count of an average. */
const NOTE = /(^|\.)(_extra_state|n_averaged)$/;

/**
 * Compares what the model wants with what the file has. Pure: reads no values.
 *
 * @param wanted What the file should call each weight of the model, by the model's name.
 * @param nameInFile The file's own name, by that.
 * @param isKept Whether the model keeps its own values of a weight, whatever the file has.
 * @param adapt Makes a tensor of another shape fit; undefined when it cannot.
 * @param prefix What does not begin with it is passed over.
 */
export function fitWeights(
  wanted: ReadonlyMap<string, PublishedWeight>,
  { tensors, others = new Map() }: Pick<WeightFile, 'tensors' | 'others'>,
  nameInFile: ReadonlyMap<string, string>,
  isKept: (name: string) => boolean,
  adapt: (name: string, published: PublishedWeight, stored: StoredTensor) => StoredTensor | undefined = () => undefined,
  prefix = '',
): WeightFit {
  const fitting: WeightFit['fitting'][number][] = [];
  const missing: string[] = [];
  const misshapen: MisshapenWeight[] = [];
  const noTensors = new Map<string, string>();
  for (const [name, published] of wanted) {
    if (isKept(name)) continue;
    const inFile = nameInFile.get(published.name);
    const found = inFile === undefined ? undefined : tensors.get(inFile);
    if (found === undefined) {
      missing.push(published.name);
      if (inFile !== undefined) noTensors.set(published.name, others.get(inFile)!);
      continue;
    }
    const isFit = String(found.shape) === String(published.shape);
    const stored = isFit ? found : adapt(name, published, found);
    if (stored !== undefined) fitting.push({ name, published, stored });
    else misshapen.push({ name: found.name, inFile: found.shape, inModel: published.shape });
  }
  const expected = new Set([...wanted.values()].map(({ name }) => nameInFile.get(name)));
  const rest = [...tensors.keys()].filter((name) => !expected.has(name));
  const isBeside = (name: string) => NOTE.test(name) || !name.startsWith(prefix);
  const beside = [...others.keys()].filter((name) => !expected.has(name));
  return {
    fitting,
    missing,
    unexpected: rest.filter((name) => !isBeside(name)),
    misshapen,
    noTensors,
    passedOver: [...rest.filter(isBeside), ...beside],
  };
}

/** What does not fit, one line each; undefined when all does. */
export function describeMisfit({
  missing,
  unexpected,
  misshapen,
  noTensors,
}: Pick<WeightFit, 'missing' | 'unexpected' | 'misshapen' | 'noTensors'>): string | undefined {
  const absent = missing.map((name) => (noTensors.has(name) ? `${name}: is ${noTensors.get(name)} in the file` : name));
  const rows = misshapen.map(
    ({ name, inFile, inModel }) => `${name}: [${inFile}] in the file, [${inModel}] in the model`,
  );
  const parts = [
    ['missing from the file', absent],
    ['in the file but not in the model', unexpected],
    ['of another shape', rows],
  ] as const;
  const found = parts.filter(([, lines]) => lines.length > 0);
  if (found.length === 0) return undefined;
  return found.map(([what, lines]) => [`${lines.length} ${what}:`, ...lines].join('\n  ')).join('\n');
}
