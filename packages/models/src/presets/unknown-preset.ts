import { nearest, show } from '@nfnets/options';

/** The error of a name that is none of `names`, with the one that was probably meant: of timm's too, without its `timm/`. */
export function unknownPreset(rule: string, name: unknown, names: readonly string[]): RangeError {
  const meant = typeof name === 'string' ? meantBy(name, names) : undefined;
  return new RangeError(`${rule}, got ${show(name)}.${meant === undefined ? '' : ` Did you mean "${meant}"?`}`);
}

function meantBy(name: string, names: readonly string[]): string | undefined {
  const lower = name.toLowerCase();
  return [lower, `timm/${lower}`].find((each) => names.includes(each)) ?? nearest(name, names);
}
