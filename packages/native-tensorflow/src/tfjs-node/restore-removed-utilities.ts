/**
 * Puts back the two functions of `node:util` that tfjs-node up to 4.22 calls: Node 23 removed `isNullOrUndefined`, and Node 22 warns
 * about both.
 *
 * tfjs-node looks them up when it calls them, so that it may have been loaded before. Does nothing outside of Node.
 */
export function restoreRemovedUtilities(): void {
  if (typeof process === 'undefined' || typeof process.getBuiltinModule !== 'function') return;
  Object.assign(process.getBuiltinModule('node:util'), {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: Array.isArray,
  });
}
