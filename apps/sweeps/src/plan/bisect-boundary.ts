/** What is known of one place of the lattice: how many of its trials ended in which way. */
export interface PlaceOutcome {
  readonly stable: number;
  readonly diverged: number;
  /** Still to be run. */
  readonly open: number;
}

/** Where between two places of a lattice stability ends. */
export interface Bracket {
  /** The largest place known to be stable below all unstable ones; -1 for none. */
  readonly stable: number;
  /** The smallest place known to be unstable; the number of places for none. */
  readonly unstable: number;
}

/**
 * The bracket of the boundary from what is known of the places of a lattice: a place is unstable where more than `limit` of
 * its trials diverged. Pure. Where outcomes contradict each other, the smallest unstable place counts.
 */
export function bracketBoundary(outcomes: ReadonlyMap<number, PlaceOutcome>, places: number, limit: number): Bracket {
  const known = [...outcomes].filter(([, { stable, diverged, open }]) => open === 0 && stable + diverged > 0);
  const share = ({ stable, diverged }: PlaceOutcome) => diverged / (stable + diverged);
  const unstable = Math.min(places, ...known.flatMap(([place, outcome]) => (share(outcome) > limit ? place : [])));
  const stable = Math.max(
    -1,
    ...known.flatMap(([place, outcome]) => (place < unstable && share(outcome) <= limit ? place : [])),
  );
  return { stable, unstable };
}

/**
 * The place to try next: the middle of the bracket. Undefined when the boundary lies between neighbours, or when that place
 * was tried and told nothing. Pure.
 */
export function nextPlace(
  outcomes: ReadonlyMap<number, PlaceOutcome>,
  places: number,
  limit: number,
): number | undefined {
  const { stable, unstable } = bracketBoundary(outcomes, places, limit);
  if (unstable - stable <= 1) return undefined;
  const middle = (stable + unstable) >> 1;
  return outcomes.has(middle) ? undefined : middle;
}
