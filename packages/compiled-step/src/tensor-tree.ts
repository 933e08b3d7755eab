import { Tensor } from '@tensorflow/tfjs-core';

/** Tensors in objects and arrays, nested as one likes. */
export type TensorTree = Tensor | readonly TensorTree[] | { readonly [key: string]: TensorTree };

/** A tensor of a tree and the way to it: `images`, `aux[0]`. */
export interface Leaf {
  readonly path: string;
  readonly tensor: Tensor;
}

/**
 * Lists the tensors of `tree` in the order of its keys.
 *
 * @param who names the caller's argument in errors: ``compileStep: the batch of `train` ``
 * @throws TypeError for anything that is not a tensor, naming its path
 */
export function listLeaves(tree: unknown, who: string, path = ''): Leaf[] {
  if (tree instanceof Tensor) {
    if (tree.isDisposed) throw new Error(`${who} holds a tensor that was disposed: ${path || 'itself'}.`);
    return [{ path, tensor: tree }];
  }
  if (Array.isArray(tree)) return tree.flatMap((child, i) => listLeaves(child, who, `${path}[${i}]`));
  if (isPlainObject(tree)) {
    return Object.keys(tree)
      .sort()
      .flatMap((key) => listLeaves(tree[key], who, path ? `${path}.${key}` : key));
  }
  const got = tree instanceof Promise ? 'a promise (a step must be synchronous)' : `${describe(tree)}`;
  throw new TypeError(`${who} must be made of tensors, in objects or arrays; got ${got}${path && ` at ${path}`}.`);
}

/** Copies the structure of `tree` with each tensor replaced by the next of `tensors`, in {@link listLeaves}'s order. */
export function rebuildTree<T>(tree: T, tensors: readonly Tensor[]): T {
  const waiting = [...tensors];
  const rebuild = (node: unknown): unknown => {
    if (node instanceof Tensor) return waiting.shift();
    if (Array.isArray(node)) return node.map(rebuild);
    const source = node as Record<string, unknown>;
    const built: Record<string, unknown> = {};
    for (const key of Object.keys(source).sort()) built[key] = rebuild(source[key]);
    return built;
  };
  return rebuild(tree) as T;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value));
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === 'object' ? `a ${value.constructor?.name ?? 'object'}` : `${typeof value} ${String(value)}`;
}
