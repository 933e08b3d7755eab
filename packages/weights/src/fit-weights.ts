import type { PublishedWeight } from '@nfnets/models';
import type { StoredTensor } from '@nfnets/safetensors';

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
}

/**
 * Compares what the model wants with what the file has. Pure: reads no values.
 *
 * @param wanted What the file should call each weight of the model, by the model's name.
 * @param isKept Whether the model keeps its own values of a weight, whatever the file has.
 */
export function fitWeights(
  wanted: ReadonlyMap<string, PublishedWeight>,
  tensors: ReadonlyMap<string, StoredTensor>,
  isKept: (name: string) => boolean,
): WeightFit {
  const fitting: WeightFit['fitting'][number][] = [];
  const missing: string[] = [];
  const misshapen: MisshapenWeight[] = [];
  for (const [name, published] of wanted) {
    if (isKept(name)) continue;
    const stored = tensors.get(published.name);
    if (stored === undefined) missing.push(published.name);
    else if (String(stored.shape) === String(published.shape)) fitting.push({ name, published, stored });
    else misshapen.push({ name: published.name, inFile: stored.shape, inModel: published.shape });
  }
  const expected = new Set([...wanted.values()].map(({ name }) => name));
  const unexpected = [...tensors.keys()].filter((name) => !expected.has(name));
  return { fitting, missing, unexpected, misshapen };
}

/** What does not fit, one line each; undefined when all does. */
export function describeMisfit({ missing, unexpected, misshapen }: Omit<WeightFit, 'fitting'>): string | undefined {
  const rows = misshapen.map(
    ({ name, inFile, inModel }) => `${name}: [${inFile}] in the file, [${inModel}] in the model`,
  );
  const parts = [
    ['missing from the file', missing],
    ['in the file but not in the model', unexpected],
    ['of another shape', rows],
  ] as const;
  const found = parts.filter(([, lines]) => lines.length > 0);
  if (found.length === 0) return undefined;
  return found.map(([what, lines]) => [`${lines.length} ${what}:`, ...lines].join('\n  ')).join('\n');
}
