import type { Address } from './recorded-calls.js';

/**
 * Each buffer of a recording has addresses of its own, from `SPAN` times its number on, so that kernels can count from them as they
 * do from real ones. They begin where no size and no real address is.
 */
const SPAN = 2 ** 33;
const FIRST = 2 ** 7;

/** The virtual address at which buffer number `buffer` begins. */
export function virtualAddress(buffer: number): number {
  return (buffer + FIRST) * SPAN;
}

/** The place that `value` is the virtual address of; undefined for any other number. */
export function placeOf(value: number): Address | undefined {
  if (!(value >= FIRST * SPAN && value < Number.POSITIVE_INFINITY)) return undefined;
  const span = Math.floor(value / SPAN);
  return { buffer: span - FIRST, offset: value - span * SPAN };
}
