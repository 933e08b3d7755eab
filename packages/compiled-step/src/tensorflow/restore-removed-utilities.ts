/**
 * Puts back two functions that tfjs-node 4.22 calls: Node 23 removed `isNullOrUndefined`, and Node 22 warns about both. Does nothing in
 * browsers. As in @nfnets/native-tensorflow, which a step that is recorded after `import '@tensorflow/tfjs-node'` alone does not have.
 *
 * To be called before the first op: tfjs-node looks them up when it calls them.
 */
export function restoreRemovedUtilities(): void {
  if (typeof process === 'undefined' || typeof process.getBuiltinModule !== 'function') return;
  Object.assign(process.getBuiltinModule('node:util'), {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: Array.isArray,
  });
}
