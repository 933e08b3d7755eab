/**
 * Values in [-1, 1) that any language can make: mulberry32 seeded by the 32-bit FNV-1a hash of `name`.
 * The golden networks fill their weights with them.
 */
export function goldenValues(name: string, count: number): Float32Array {
  const next = mulberry32(fnv1a(name));
  return Float32Array.from({ length: count }, () => 2 * next() - 1);
}

/** 32-bit FNV-1a hash of the ASCII bytes of `text`. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Generator of uniform numbers in [0, 1). */
export function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
