import { isMap, isScalar, isSeq, type Node, Scalar, visit, type YAMLMap } from 'yaml';
import { nearMiss } from './describe-issues.js';
import { SweepError } from './sweep-error.js';

interface ReferenceContext {
  /** `file:line:column` of a node. */
  place(node: unknown): string;
  /** Tells that `to` was written where `from` was. */
  copySource(from: unknown, to: unknown): void;
}

/** Values that references may bring in, so that references to references cannot blow a file up. */
const MOST_COPIES = 10_000;

const REFERENCE = /\$\{([^{}]*)\}/g;

/**
 * Replaces every `${key.path}` under `root` by the value of that key: a whole value of any kind, or text inside of text.
 *
 * Throws a `SweepError` for keys that are not there, and for references that lead back to themselves.
 */
export function resolveReferences(root: YAMLMap, context: ReferenceContext): void {
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
    let node: unknown = root;
    for (const part of key.split('.')) {
      const pair = isMap(node) ? node.items.find((item) => String((item.key as Scalar).value) === part) : undefined;
      node = pair ? pair.value : isSeq(node) ? node.items[Number(part)] : undefined;
    }
    if (node === undefined || node === null) {
      const nearest = nearMiss(key, keysOf(root));
      fail(
        scalar,
        `\${${key}} refers to no key of this config${nearest ? `; did you mean \${${nearest}}?` : `. Write the path of a key, such as \${trial.seed}.`}`,
      );
    }
    return isScalar(node) ? resolve(node) : (node as Node);
  };

  const textOf = (node: Node, key: string, scalar: Scalar): string =>
    isScalar(node)
      ? String(node.value)
      : fail(scalar, `\${${key}} must be a single value inside of text; it is a ${isMap(node) ? 'section' : 'list'}.`);

  const copy = (node: Node, scalar: Scalar): Node => {
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
  resolveInside(root);
}

function keysOf(map: YAMLMap, prefix = ''): string[] {
  return map.items.flatMap(({ key, value }) => {
    const path = `${prefix}${String((key as Scalar).value)}`;
    return [path, ...(isMap(value) ? keysOf(value, `${path}.`) : [])];
  });
}
