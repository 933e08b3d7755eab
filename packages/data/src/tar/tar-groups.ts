import { IMAGE_EXTENSIONS } from '../image-files/image-extensions.js';
import type { TarEntry } from './tar-index.js';

/** Files of one key, by their endings in lower case without the dot. */
export interface KeyedFiles {
  readonly key: string;
  readonly parts: ReadonlyMap<string, TarEntry>;
}

/** What WebDataset keeps for itself. */
const META = /^__[^/]*__($|\/)/;
/** A name up to the first dot after its folders, and the rest. */
const KEY = /^((?:.*\/)?[^/.]+)\.([^/]+)$/s;

/**
 * The files of an archive in groups of one key. As in WebDataset, files of one key that follow each other are a group, and a
 * key that comes again later is another one. Groups that lack an image or a label are joined with those of their key that have
 * it, for in archives that are sorted by their endings all images come first.
 *
 * @throws RangeError if a group has two files of one ending
 */
export function groupByKeys(path: string, entries: readonly TarEntry[]): KeyedFiles[] {
  const groups: Group[] = [];
  let current: Group | undefined;
  for (const entry of entries) {
    const [, key, ending] = META.test(entry.name) ? [] : (KEY.exec(entry.name) ?? []);
    if (key === undefined) continue;
    if (current?.key !== key) {
      current = { key, parts: new Map() };
      groups.push(current);
    }
    add(path, current, ending!.toLowerCase(), entry);
  }
  const joined = new Map<string, Group>();
  return groups.filter((group) => {
    if (isWhole(group)) return true;
    const first = joined.get(group.key);
    if (!first || isWhole(first)) {
      joined.set(group.key, group);
      return true;
    }
    for (const [ending, entry] of group.parts) add(path, first, ending, entry);
    return false;
  });
}

interface Group {
  readonly key: string;
  readonly parts: Map<string, TarEntry>;
}

function add(path: string, { key, parts }: Group, ending: string, entry: TarEntry): void {
  if (parts.has(ending)) {
    throw new RangeError(`tarShards: ${path}: ${key} must have one file .${ending}, got two.`);
  }
  parts.set(ending, entry);
}

const isWhole = ({ parts }: Group): boolean =>
  (parts.has('cls') || parts.has('json')) && IMAGE_EXTENSIONS.some((ending) => parts.has(ending.slice(1)));
