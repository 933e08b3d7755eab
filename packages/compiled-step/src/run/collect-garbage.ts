/** Collects JavaScript's garbage at once. */
export function collectGarbage(): void {
  // Its engine is not V8, and takes no flag of it.
  const { Bun } = globalThis as { Bun?: { gc(now: boolean): void } };
  if (Bun) {
    Bun.gc(true);
    return;
  }
  const { setFlagsFromString } = process.getBuiltinModule('node:v8');
  const { runInNewContext } = process.getBuiltinModule('node:vm');
  // The collector is visible only in contexts that are made while the flag is set.
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  collect();
}
