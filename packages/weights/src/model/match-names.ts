/** What software that wraps a whole model puts before each of its names: of no meaning, wherever it stands. */
const WRAPPER = /^(module|_orig_mod)[./]/;
/** What a model is called inside of a larger one. */
const CONTAINER = /^(model|backbone|net)[./]/;

/** How names of a file stand for those that are wanted. */
export interface NameMatch {
  /** Name in the file by wanted name. */
  readonly names: ReadonlyMap<string, string>;
  /** What was dropped from the beginning of the names that match, each once. */
  readonly prefixes: readonly string[];
  /** A wanted name that two names of the file may stand for. */
  readonly twice?: readonly [wanted: string, first: string, second: string];
  /** Beginnings under which there are as many, where the names alone do not tell which are meant. */
  readonly ties?: readonly string[];
}

/**
 * Finds wanted names in a file, behind prefixes that other software adds: `module.` and `_orig_mod.` from any name, as timm does,
 * and one of `model.`, `backbone.` and `net.`, that which most names match with. Pure.
 *
 * @param prefix The prefix to drop instead, exactly; '' for none. Names without it do not match.
 */
export function matchNames(
  fileNames: Iterable<string>,
  wanted: ReadonlySet<string>,
  prefix: string | undefined,
): NameMatch {
  const groups = new Map<string, Group>();
  for (const name of fileNames) {
    const ways = prefix === undefined ? splits(name) : name.startsWith(prefix) ? [[prefix, prefix] as const] : [];
    for (const [head, dropped] of ways) {
      const rest = name.slice(dropped.length);
      if (!wanted.has(rest)) continue;
      const group: Group = groups.get(head) ?? { names: new Map(), prefixes: new Set() };
      groups.set(head, group);
      const first = group.names.get(rest);
      if (first !== undefined && first !== name) group.twice ??= [rest, first, name];
      group.names.set(rest, name);
      group.prefixes.add(dropped);
    }
  }
  const most = Math.max(0, ...[...groups.values()].map(({ names }) => names.size));
  const best = [...groups].filter(([, { names }]) => names.size === most);
  const group = best[0]?.[1];
  if (group === undefined) return { names: new Map(), prefixes: [] };
  const { names, twice } = group;
  const prefixes = [...group.prefixes].filter((dropped) => dropped !== '');
  const ties = best.length > 1 && { ties: best.map(([head]) => head) };
  return { names, prefixes, ...(twice && { twice }), ...ties };
}

interface Group {
  names: Map<string, string>;
  prefixes: Set<string>;
  twice?: readonly [string, string, string];
}

/** The ways to take a beginning from a name: the containers in it, and all that is dropped. */
function splits(name: string): (readonly [head: string, dropped: string])[] {
  const ways: (readonly [string, string])[] = [];
  let head = '';
  let rest = name;
  for (;;) {
    ways.push([head, name.slice(0, name.length - rest.length)]);
    const wrapper = rest.match(WRAPPER);
    const container = rest.match(CONTAINER);
    const found = wrapper ?? container;
    if (found === null) return ways;
    if (container !== null) head += `${container[1]}.`;
    rest = rest.slice(found[0].length);
  }
}
