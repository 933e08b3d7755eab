import { Document, isMap, isNode, isScalar, isSeq, type Node, type Pair, parse, visit, type YAMLMap } from 'yaml';
import { REFERENCE } from '../plan/index.js';
import { TRIAL_KEYS, type TrialReferences } from '../schema/index.js';
import { SweepError } from '../sweep-error.js';
import type { ParsedConfig } from './parse-config-text.js';
import { resolveReferences } from './resolve-references.js';

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
  /** Keys of the trial that refer to what differs among the trials; `values` has what some trial has. */
  readonly references: TrialReferences;
  /** Whether a file has a `quick` section. */
  readonly hasQuick: boolean;
  /** Place of the value at `path`, or, for `of: 'key'`, of its key. */
  locate(path: readonly PropertyKey[], of?: 'key' | 'value'): Place;
}

interface Changes {
  /** Puts the `quick` section over the rest. */
  readonly quick?: boolean;
  /** `key.path=value` settings that win over the files. */
  readonly overrides?: readonly string[];
}

/**
 * Merges the files of a config, each over those before it, its `quick` section and the overrides, and resolves references:
 * on the level of YAML nodes, so that a merged value still knows its line and column. Takes `files` over.
 *
 * In what lies over something else, a null takes a key away.
 */
export function configDocument(
  files: readonly ParsedConfig[],
  { quick = false, overrides = [] }: Changes,
): ConfigDocument {
  const sources = new WeakMap<object, ParsedConfig>();
  for (const file of files) {
    visit(file.root, (_, node) => {
      if (typeof node === 'object' && node !== null) sources.set(node, file);
    });
  }
  const [first, ...others] = files as [ParsedConfig, ...ParsedConfig[]];
  const { root } = first;
  for (const other of others) mergeMap(root, other.root);
  const fromQuick = new WeakSet<object>();
  const quickSection = findPair(root, 'quick')?.value;
  if (quick && isMap(quickSection)) mergeMap(root, quickSection, fromQuick);
  for (const override of overrides) applyOverride(root, override);

  const place = (node: unknown) => {
    const source = sources.get(node as object);
    return source ? source.place((node as Node).range?.[0]) : 'command line';
  };
  const references = resolveReferences(root, { place, copySource: (from, to) => copySource(sources, from, to) });

  const locate = (path: readonly PropertyKey[], of: 'key' | 'value' = 'value'): Place => {
    let node: unknown = root;
    let target: unknown = root;
    let inQuick = false;
    for (const [depth, key] of path.entries()) {
      const pair = isMap(node) ? findPair(node, String(key)) : undefined;
      const next: unknown = pair ? pair.value : isSeq(node) ? node.items[key as number] : undefined;
      if (next === undefined) break;
      inQuick ||= pair !== undefined && fromQuick.has(pair);
      const isLast = depth === path.length - 1;
      target = pair && (of === 'key' || !isLast || !isNode(next)) ? pair.key : next;
      node = next;
    }
    return { where: place(target), label: (inQuick ? 'quick.' : '') + formatPath(path) };
  };
  const document = new Document();
  document.contents = root as never;
  return { values: document.toJS(), references, hasQuick: isMap(quickSection), locate };
}

function mergeMap(target: YAMLMap, source: YAMLMap, merged?: WeakSet<object>): void {
  for (const pair of source.items) {
    const existing = findPair(target, keyOf(pair));
    if (existing && isMap(existing.value) && isMap(pair.value)) mergeMap(existing.value, pair.value, merged);
    else {
      if (existing) target.items.splice(target.items.indexOf(existing), 1, ...(isNull(pair.value) ? [] : [pair]));
      else target.items.push(pair);
      merged?.add(pair);
    }
  }
}

/** Applies `key.path=value`. Several values of a trial's key make an axis of it, and one value ends its axis. */
function applyOverride(root: YAMLMap, override: string): void {
  const { path, value } = parseOverride(override);
  const [top, ...rest] = path as [string, ...string[]];
  const key = rest.join('.');
  const nodes = new Document();
  const set = (at: readonly string[], to: unknown) => {
    if (setIn(root, at, to === null ? null : nodes.createNode(to), nodes)) return;
    throw new SweepError(`${override} (command line): there is no section ${at.slice(0, -1).join('.')} to set it in.`);
  };
  const schema = TRIAL_KEYS.get(key);
  // A function of one's own has any parameters.
  const isOwn = root.has('trialModule') && !root.hasIn(['trial', 'model']);
  const isTrialKey = top === 'trial' && (isOwn ? key !== '' : schema !== undefined);
  if (top === 'axes' && rest.length > 0)
    set(['axes', key], Array.isArray(value) || isSpacing(value) || value === null ? value : [value]);
  else if (isTrialKey && Array.isArray(value) && (isOwn || !schema!.safeParse(value).success))
    set(['axes', key], value);
  else {
    set(path, value);
    const axes = findPair(root, 'axes')?.value;
    if (isTrialKey && isMap(axes)) axes.delete(key);
  }
}

/** Splits `key.path=value`, with the value read as YAML, or as a list of values with commas between them. */
function parseOverride(override: string): { path: string[]; value: unknown } {
  const [, key, text] = /^([\w.+-]+)=(.*)$/s.exec(override) ?? [];
  if (key === undefined || text === undefined) {
    throw new SweepError(`${override}: a setting must look like key.path=value, for example trial.epochs=3.`);
  }
  const path = key.split('.');
  const value = tryParse(text);
  const isList = value === undefined || (typeof value === 'string' && value.includes(',') && !/^\s*["']/.test(text));
  // A reference has braces of its own, which end a list unless they are quoted.
  const items = text.replaceAll(REFERENCE, (reference, _, at: number) =>
    /["']$/.test(text.slice(0, at)) ? reference : `"${reference}"`,
  );
  const list = isList && path[0] !== 'description' ? tryParse(`[${items}]`) : undefined;
  if (list === undefined && value === undefined) throw new SweepError(`${override}: the value is not valid YAML.`);
  return { path, value: list ?? value };
}

function tryParse(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0, logLevel: 'error' }) as unknown;
  } catch {
    return undefined;
  }
}

/** Sets the value at `path`, null taking it away; false where a value stands in place of a section. */
function setIn(root: YAMLMap, path: readonly string[], value: Node | null, nodes: Document): boolean {
  let map = root;
  for (const key of path.slice(0, -1)) {
    const pair = findPair(map, key);
    if (pair === undefined) {
      const section = nodes.createNode({}) as YAMLMap;
      map.items.push(nodes.createPair(key, section));
      map = section;
    } else if (isMap(pair.value)) map = pair.value;
    else return false;
  }
  const key = path.at(-1)!;
  const existing = findPair(map, key);
  const pairs = value === null ? [] : [nodes.createPair(key, value)];
  map.items.splice(existing ? map.items.indexOf(existing) : map.items.length, existing ? 1 : 0, ...pairs);
  return true;
}

/** Tells that `to`, a copy of `from`, and all inside it come from where `from` does. */
function copySource(sources: WeakMap<object, ParsedConfig>, from: unknown, to: unknown): void {
  const source = sources.get(from as object);
  if (source === undefined) return;
  visit(to as Node, (_, node) => {
    if (typeof node === 'object' && node !== null) sources.set(node, source);
  });
}

const isSpacing = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isNull = (node: unknown) => node === null || (isScalar(node) && node.value === null);
const findPair = (map: YAMLMap, key: string): Pair | undefined => map.items.find((pair) => keyOf(pair) === key);
const keyOf = (pair: Pair): string => String(isScalar(pair.key) ? pair.key.value : pair.key);

const formatPath = (path: readonly PropertyKey[]): string =>
  path.map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i > 0 ? '.' : ''}${String(key)}`)).join('');
