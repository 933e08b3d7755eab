import type { NFNetSpec } from '@nfnets/models';
import { show, TensorFileError } from '@nfnets/safetensors';
import type { WeightFile } from '../formats/weight-file.js';
import { matchNames, type NameMatch } from './match-names.js';
import { type Naming, type WeightNames, weightNames } from './weight-names.js';
import type { WeightedModel } from './weighted-model.js';

interface ChosenNaming {
  readonly naming: Naming;
  readonly names: WeightNames;
  readonly match: NameMatch;
}

/**
 * Finds out whose names a file has, and behind which prefix: those that fit most of its tensors.
 *
 * @throws TensorFileError when none fits, or several as well.
 */
export function chooseNaming(
  model: WeightedModel,
  { tensors, others, otherKeys = [] }: WeightFile,
  label: string,
  { naming, spec, prefix }: { naming: Naming | undefined; spec: NFNetSpec | undefined; prefix: string | undefined },
): ChosenNaming {
  const refuse = (reason: string): never => {
    throw new TensorFileError(`loadWeights: ${label} ${reason}`);
  };
  const inFile = [...tensors.keys(), ...(others?.keys() ?? [])];
  const namings = naming === undefined ? (['ours', 'timm', 'haiku'] as const) : [naming];
  const known = namings.flatMap((naming) =>
    weightNames(model, naming, spec).map((names): ChosenNaming => {
      const wanted = new Set([...names.values()].map(({ name }) => name));
      return { naming, names, match: matchNames(inFile, wanted, prefix) };
    }),
  );
  const best = known.toSorted((a, b) => b.match.names.size - a.match.names.size)[0];
  if (best === undefined || (best.match.names.size === 0 && !(naming !== undefined && tensors.size === 0))) {
    const why = whyNone(inFile, tensors.size, known, prefix, naming !== undefined);
    return refuse(otherKeys.length === 0 ? why : `${why} ${describeKeys(otherKeys)}`);
  }
  const { twice, ties } = best.match;
  if (ties !== undefined) {
    const heads = ties.map((head) => (head === '' ? 'no prefix' : show(head))).join(' and ');
    return refuse(`has as many of the model's weights behind ${heads}. Pass { prefix } with the one that is meant.`);
  }
  if (twice !== undefined) {
    const [wanted, first, second] = twice.map(show);
    return refuse(`has ${wanted} twice, as ${first} and as ${second}. Pass { prefix } with the one that is meant.`);
  }
  return best;
}

/** Where else the weights may be. */
export function describeKeys(keys: readonly string[]): string {
  return `There are tensors under ${keys.map(show).join(', ')} too: pass { key } where those are meant.`;
}

/** Why no name fits, and what may help. */
function whyNone(
  inFile: readonly string[],
  count: number,
  known: readonly ChosenNaming[],
  prefix: string | undefined,
  isGiven: boolean,
): string {
  const some = inFile.slice(0, 3).map(show).join(', ');
  const seen = `has ${count} tensors (${some || 'none'}), and none has a name of the model's weights`;
  if (prefix !== undefined && prefix !== '' && !inFile.some((name) => name.startsWith(prefix))) {
    return `${seen}: none begins with the \`prefix\` ${show(prefix)}.`;
  }
  const wanted = known.flatMap(({ names }) => [...names.values()].map(({ name }) => name));
  for (const name of inFile) {
    const end = wanted.find((each) => name.endsWith(`.${each}`) || name.endsWith(`/${each}`));
    if (end !== undefined)
      return `${seen}. Pass { prefix: ${show(name.slice(0, -end.length))} } to drop that from them.`;
  }
  return known.some(({ naming }) => naming !== 'ours')
    ? `${seen}. Is it of this architecture?${isGiven ? ' Leave `naming` out to have it told by the names.' : ''}`
    : `${seen}. The model is no preset: pass { spec }, what it was made from, for published names.`;
}
