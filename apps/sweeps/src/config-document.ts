import { isMap, isNode, isScalar, LineCounter, type Pair, parse, parseDocument, type YAMLMap } from 'yaml';
import { SweepError } from './sweep-error.js';

/** Where a key or value was written. */
interface Place {
  /** `file:line:column`, or the command line. */
  readonly where: string;
  /** The key as the user wrote it, `quick.` in front when it stands there. */
  readonly label: string;
}

/** The values of a config together with where each was written. */
export interface ConfigDocument {
  readonly values: unknown;
  /** Place of the value at `path`, or, for `of: 'key'`, of its key. */
  locate(path: readonly PropertyKey[], of?: 'key' | 'value'): Place;
}

interface Layers {
  /** Puts the `quick` section over the rest. */
  readonly quick?: boolean;
  /** `key.path=value` settings that win over the file. */
  readonly overrides?: readonly string[];
}

/**
 * Parses YAML `text` and merges its `quick` section and the overrides on the level of YAML nodes, so that a
 * merged value still knows its line and column. Throws a `SweepError` for bad syntax.
 */
export function parseConfigDocument(
  file: string,
  text: string,
  { quick = false, overrides = [] }: Layers,
): ConfigDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    const tab = document.errors.find(({ code }) => code === 'TAB_AS_INDENT');
    // Everything after a tab is misread: those errors would only hide it.
    if (tab) throw new SweepError(`${place(tab.pos[0])}: YAML allows no tabs as indentation. Use spaces.`);
    throw new SweepError(document.errors.map((error) => `${place(error.pos[0])}: ${error.message}`).join('\n'));
  }
  if (!isMap(document.contents)) throw new SweepError(`${file}:1:1: a sweep config must be "key: value" lines.`);

  const fromQuick = new WeakSet<object>();
  const quickSection = document.contents.get('quick');
  if (quick && isMap(quickSection)) mergeMap(document.contents, quickSection, fromQuick);
  for (const override of overrides) {
    const [path, value] = parseOverride(override);
    try {
      document.setIn(path, document.createNode(value));
    } catch {
      throw new SweepError(
        `${override} (command line): there is no section ${path.slice(0, -1).join('.')} to set it in.`,
      );
    }
  }
  const root = document.contents;

  const locate = (path: readonly PropertyKey[], of: 'key' | 'value' = 'value'): Place => {
    let node: unknown = root;
    let offset: number | undefined = 0;
    let inQuick = false;
    for (const [depth, key] of path.entries()) {
      const pair = isMap(node) ? findPair(node, String(key)) : undefined;
      const next: unknown = pair ? pair.value : collectionItem(node, key);
      if (next === undefined) break;
      inQuick ||= pair !== undefined && fromQuick.has(pair);
      const isLast = depth === path.length - 1;
      const target = pair && (of === 'key' || !isLast || !isNode(next)) ? pair.key : next;
      offset = isNode(target) ? target.range?.[0] : undefined;
      node = next;
    }
    return {
      where: offset === undefined ? 'command line' : place(offset),
      label: (inQuick ? 'quick.' : '') + formatPath(path),
    };
  };
  return { values: document.toJS(), locate };
}

/** Splits `key.path=value`, with the value read as YAML; an axis takes a bare comma-separated list. */
function parseOverride(override: string): [string[], unknown] {
  const [, key, value] = /^([\w.]+)=(.*)$/s.exec(override) ?? [];
  if (key === undefined || value === undefined) {
    throw new SweepError(`${override}: a setting must look like key.path=value, for example trial.epochs=3.`);
  }
  const path = key.split('.');
  const isBareList = path[0] === 'axes' && path.length === 2 && !value.trim().startsWith('[');
  try {
    return [path, parse(isBareList ? `[${value}]` : value)];
  } catch {
    throw new SweepError(`${override}: the value is not valid YAML.`);
  }
}

function mergeMap(target: YAMLMap, source: YAMLMap, merged: WeakSet<object>): void {
  for (const pair of source.items) {
    const existing = findPair(target, keyOf(pair));
    if (existing && isMap(existing.value) && isMap(pair.value)) mergeMap(existing.value, pair.value, merged);
    else {
      if (existing) target.items.splice(target.items.indexOf(existing), 1, pair);
      else target.items.push(pair);
      merged.add(pair);
    }
  }
}

const findPair = (map: YAMLMap, key: string): Pair | undefined => map.items.find((pair) => keyOf(pair) === key);
const keyOf = (pair: Pair): string => String(isScalar(pair.key) ? pair.key.value : pair.key);
const collectionItem = (node: unknown, key: PropertyKey): unknown =>
  typeof key === 'number' && typeof node === 'object' && node !== null && 'items' in node
    ? (node.items as unknown[])[key]
    : undefined;

const formatPath = (path: readonly PropertyKey[]): string =>
  path.map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i > 0 ? '.' : ''}${String(key)}`)).join('');
