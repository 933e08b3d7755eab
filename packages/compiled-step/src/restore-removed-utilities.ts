/**
 * Puts back two functions that tfjs-node 4.22 calls, where Node has them no more: Node 23 removed them. Does nothing elsewhere.
 *
 * To be called before the first op: tfjs-node looks them up when it calls them.
 */
export function restoreRemovedUtilities(): void {
  if (typeof process === 'undefined' || typeof process.getBuiltinModule !== 'function') return;
  const utilities = process.getBuiltinModule('node:util') as unknown as Record<string, unknown>;
  utilities['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  utilities['isArray'] ??= Array.isArray;
}
