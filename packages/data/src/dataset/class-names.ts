import { type Rule, rule } from '@nfnets/options';

/** The option `classNames`. */
export const classNamesRule: Rule = rule(
  'an array of names, one for each class',
  (value) => Array.isArray(value) && value.every((name) => typeof name === 'string' && name !== ''),
);

/** Throws unless there is a name for each class, or none are given. */
export function assertClassNames(who: string, classNames: readonly string[] | undefined, numClasses: number): void {
  if (classNames === undefined || classNames.length === numClasses) return;
  throw new RangeError(
    `${who}: \`classNames\` must be ${numClasses} names, one for each class, got ${classNames.length}.`,
  );
}

/** The class numbers by their names, for labels that are names. A name of two classes is no label: it does not tell which. */
export function namesAsLabels(classNames: readonly string[]): ReadonlyMap<string, number> {
  const numbers = new Map(classNames.map((name, label) => [name, label]));
  for (const [label, name] of classNames.entries()) if (numbers.get(name) !== label) numbers.delete(name);
  return numbers;
}
