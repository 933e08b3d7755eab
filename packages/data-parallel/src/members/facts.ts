/** What must be the same in all processes, by name. */
export type Facts = Readonly<Record<string, unknown>>;

/** Differences that are told. */
const MOST = 5;

/**
 * In what processes differ from the first, as a clause; undefined if all are the same. What only one of two has is not compared: it is of
 * something that the other has not.
 */
export function differenceOf(named: readonly { readonly name: string; readonly facts: Facts }[]): string | undefined {
  const [first, ...others] = named;
  for (const { name, facts } of others) {
    const keys = Object.keys(first!.facts).filter((key) => key in facts);
    const different = keys.filter((key) => JSON.stringify(facts[key]) !== JSON.stringify(first!.facts[key]));
    if (different.length === 0) continue;
    const said = different
      .slice(0, MOST)
      .map((key) => `\`${key}\` is ${JSON.stringify(facts[key])} and not ${JSON.stringify(first!.facts[key])}`);
    const more = different.length > MOST ? `, and ${different.length - MOST} more` : '';
    return `${name} differs from ${first!.name}: ${said.join(', ')}${more}`;
  }
  return undefined;
}
