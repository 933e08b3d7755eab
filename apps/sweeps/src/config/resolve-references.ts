import { nearest } from '@nfnets/options';
import { isMap, isScalar, isSeq, type Node, Scalar, visit, type YAMLMap } from 'yaml';
import { REFERENCE } from '../plan/index.js';
import { defaultOf, TRIAL_KEYS, type TrialReferences } from '../schema/index.js';
import { SweepError } from '../sweep-error.js';

interface ReferenceContext {
  /** `file:line:column` of a node. */
  place(node: unknown): string;
  /** Tells that `to` was written where `from` was. */
  copySource(from: unknown, to: unknown): void;
}

/** Values that references may bring in, so that references to references cannot blow a file up. */
const MOST_COPIES = 10_000;

/**
 * Replaces every `${key.path}` under `root` by the value of that key, its default where the file does not say it: a whole value or
 * list, or text inside of text. What of `trial` refers to a key that differs among the trials is returned, by its key, to be
 * resolved in each trial; in its place is what some trial has.
 *
 * Throws a `SweepError` for keys that are not there or are sections, for references that lead back to themselves, and for those
 * outside of `trial` to what differs.
 */
export function resolveReferences(root: YAMLMap, context: ReferenceContext): TrialReferences {
  const resolving: Scalar[] = [];
  let copies = 0;

  const fail = (node: Node, message: string): never => {
    throw new SweepError(`${context.place(node)}: ${message}`);
  };

  /** The value that `scalar` stands for. */
  const resolve = (scalar: Scalar): Node => {
    const text = scalar.value;
    if (typeof text !== 'string' || !text.includes('${')) return scalar;
    if (text.replaceAll(REFERENCE, '').includes('${'))
      fail(scalar, `"\${" must be followed by a key and "}", as in \${trial.seed}.`);
    if (resolving.includes(scalar)) {
      fail(
        scalar,
        `${text} must not lead back to itself (${[...resolving, scalar].map(({ value }) => value).join(' -> ')}).`,
      );
    }
    resolving.push(scalar);
    const whole = /^\$\{([^{}]*)\}$/.exec(text);
    const result = whole
      ? copy(find(scalar, whole[1]!), scalar)
      : new Scalar(text.replaceAll(REFERENCE, (_, key: string) => textOf(find(scalar, key), key, scalar)));
    resolving.pop();
    if (isScalar(result)) result.range = scalar.range ?? null;
    context.copySource(scalar, result);
    return result;
  };

  const find = (scalar: Scalar, key: string): Node => {
    const node = nodeAt(root, key) ?? standIn(key);
    if (node === undefined) {
      const near = nearest(key, [...keysOf(root), ...[...TRIAL_KEYS.keys()].map((path) => `trial.${path}`)]);
      const isKey = key.startsWith('trial.') && TRIAL_KEYS.has(key.slice('trial.'.length));
      const wayOut = isKey
        ? ': it is not given, and has no default that is known here. Give it.'
        : near
          ? `; did you mean \${${near}}?`
          : `. Write the path of a key, such as \${trial.seed}.`;
      fail(scalar, `\${${key}} refers to no key of this config${wayOut}`);
    }
    return isScalar(node) ? resolve(node) : (node as Node);
  };

  /** What stands for a key that the file does not give: its default, or the first value of its axis. */
  const standIn = (key: string): Node | undefined => {
    const standard = defaultOf(key, (path) => nodeAt(root, path) !== undefined);
    if (standard !== undefined) return Array.isArray(standard) ? undefined : new Scalar(standard);
    const axis = mapAt(root, 'axes')?.items.find(({ key: name }) => `trial.${String((name as Scalar).value)}` === key);
    return axis && firstOf(axis.value);
  };

  const textOf = (node: Node, key: string, scalar: Scalar): string =>
    isScalar(node)
      ? String(node.value)
      : fail(scalar, `\${${key}} must be a single value inside of text; it is a ${isMap(node) ? 'section' : 'list'}.`);

  const copy = (node: Node, scalar: Scalar): Node => {
    if (isMap(node)) fail(scalar, `${scalar.value} must be a value or a list; it is a section. Refer to its keys.`);
    const made = node.clone() as Node;
    visit(made, () => {
      if (++copies > MOST_COPIES)
        fail(scalar, `references must bring in at most ${MOST_COPIES} values. Do they refer to each other in a chain?`);
    });
    resolveInside(made);
    return made;
  };

  const resolveInside = (node: Node) => {
    visit(node, {
      Scalar: (key, scalar) => {
        if (key === 'key') return;
        const resolved = resolve(scalar);
        // What was brought in is resolved already.
        if (resolved !== scalar) return resolved;
      },
    });
  };

  const searched = nodeAt(root, 'boundary.axis');
  const varying = varyingKeys(root, isScalar(searched) ? (resolve(searched) as Scalar).value : undefined);

  /** The key that differs among the trials to which `text` leads. */
  const varies = (text: unknown, seen: ReadonlySet<string> = new Set()): string | undefined => {
    if (Array.isArray(text)) return text.map((item) => varies(item, seen)).find((key) => key !== undefined);
    if (typeof text !== 'string') return undefined;
    for (const [, key = ''] of text.matchAll(REFERENCE)) {
      if (seen.has(key)) continue;
      const own = varying.find((other) => key === other || key.startsWith(`${other}.`));
      const node = own === undefined ? nodeAt(root, key) : undefined;
      const found = own ?? varies(isScalar(node) || isSeq(node) ? node.toJSON() : undefined, new Set([...seen, key]));
      if (found !== undefined) return found;
    }
    return undefined;
  };

  /** `text` with the values of what does not differ in it. */
  const template = (node: Node): unknown => {
    if (isSeq(node)) return node.items.map((item) => template(item as Node));
    const { value } = node as Scalar;
    if (typeof value !== 'string' || varies(value) === undefined) return (resolve(node as Scalar) as Scalar).value;
    return value.replaceAll(REFERENCE, (reference, key: string) =>
      varies(reference) === undefined ? textOf(find(node as Scalar, key), key, node as Scalar) : reference,
    );
  };

  const references: Record<string, unknown> = {};
  const collect = (map: YAMLMap, prefix: string) => {
    for (const { key, value } of map.items) {
      const path = `${prefix}${String((key as Scalar).value)}`;
      if (isMap(value)) collect(value, `${path}.`);
      else if ((isScalar(value) || isSeq(value)) && varies(value.toJSON()) !== undefined)
        references[path] = template(value);
    }
  };
  const trial = mapAt(root, 'trial');
  if (trial) collect(trial, '');
  for (const { key, value } of root.items) {
    const name = String((key as Scalar).value);
    // What `--quick` puts over the rest is resolved where it lies over it.
    if (name === 'quick' || name === 'trial') continue;
    visit(value as Node, {
      Scalar: (_, scalar) => {
        const different = varies(scalar.value);
        if (different === undefined) return;
        fail(
          scalar,
          `${scalar.value} must not refer to ${different}, which differs among the trials: ${name} is one for all.`,
        );
      },
    });
  }
  for (const pair of root.items) {
    if (String((pair.key as Scalar).value) === 'quick') continue;
    if (isScalar(pair.value)) pair.value = resolve(pair.value);
    else if (pair.value !== null) resolveInside(pair.value as Node);
  }
  return references;
}

/** The keys of a trial that differ among the trials of the config, as `trial.batchSize`; `searched` is that of a boundary. */
function varyingKeys(root: YAMLMap, searched: unknown): string[] {
  const axes = mapAt(root, 'axes')?.items.map(({ key }) => String((key as Scalar).value)) ?? [];
  return [
    ...axes,
    ...(nodeAt(root, 'seeds') === undefined ? [] : ['seed']),
    ...(searched === undefined ? [] : [String(searched)]),
  ].map((key) => `trial.${key}`);
}

function nodeAt(root: YAMLMap, key: string): Node | undefined {
  let node: unknown = root;
  for (const part of key.split('.')) {
    const pair = isMap(node) ? node.items.find((item) => String((item.key as Scalar).value) === part) : undefined;
    node = pair ? pair.value : isSeq(node) ? node.items[Number(part)] : undefined;
  }
  return (node ?? undefined) as Node | undefined;
}

function mapAt(root: YAMLMap, key: string): YAMLMap | undefined {
  const node = nodeAt(root, key);
  return isMap(node) ? node : undefined;
}

/** The first value of an axis: of a list, or of a range. */
function firstOf(axis: unknown): Node | undefined {
  if (isSeq(axis)) return axis.items[0] as Node | undefined;
  if (!isMap(axis)) return undefined;
  return firstOf(axis.get('range', true)) ?? firstOf(axis.get('logRange', true));
}

function keysOf(map: YAMLMap, prefix = ''): string[] {
  return map.items.flatMap(({ key, value }) => {
    const path = `${prefix}${String((key as Scalar).value)}`;
    return [path, ...(isMap(value) ? keysOf(value, `${path}.`) : [])];
  });
}
