/** Puts back two functions that tfjs-node 4.22 calls: Node 23 removed them, and Node 22 warns about them. Node only. */
export function restoreRemovedUtilities(): void {
  Object.assign(process.getBuiltinModule('node:util'), {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: Array.isArray,
  });
}
