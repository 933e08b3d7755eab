/** `a`, `b` and `c` of one step `X <- a X + b (X X^T) X + c (X X^T)^2 X`. */
export type Quintic = readonly [a: number, b: number, c: number];

/** Steps by name, as timm has them; beyond a list's end its last one is repeated. */
export const NEWTON_SCHULZ = {
  /** Jordan et al. 2024: steep at 0 instead of convergent, so that singular values end near 1, from about 0.7 to 1.2. */
  original: [[3.4445, -4.775, 2.0315]],
  /** Cesista et al. 2025 (leloykun.github.io/ponder/muon-opt-coeffs), tuned for five steps; optax calls them `dion`. */
  quintic: [
    [4.0848, -6.8946, 2.927],
    [3.9505, -6.3029, 2.6377],
    [3.7418, -5.5913, 2.3037],
    [2.8769, -3.1427, 1.2046],
    [2.8366, -3.0525, 1.2012],
  ],
  /** Amsel et al. 2025 (arXiv 2505.16932), for singular values from 1e-3 on, each but the last for values that are 1 % too large. */
  polarExpress: [
    [8.23731249, -23.15774741, 16.68056841],
    [4.082442, -2.893047735, 0.525284926],
    [3.926347992, -2.854746803, 0.531802242],
    [3.298218713, -2.424541981, 0.486320084],
    [2.297036943, -1.636625581, 0.400262846],
    [1.876380535, -1.234789658, 0.358918875],
    [1.856442349, -1.213244988, 0.356800349],
    [1.875, -1.25, 0.375],
  ],
} as const satisfies Readonly<Record<string, readonly Quintic[]>>;

/** The quintics of so many steps. */
export function newtonSchulzSteps(name: keyof typeof NEWTON_SCHULZ, count: number): Quintic[] {
  const list: readonly Quintic[] = NEWTON_SCHULZ[name];
  return Array.from({ length: count }, (_, i) => list[Math.min(i, list.length - 1)]!);
}
