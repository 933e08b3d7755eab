import type { BenchCase, PeerFigure } from './bench-result.js';

/** A case with its ratio: ours / the smallest of the peers' figures, as all figures here are better when smaller. */
export function benchCase(
  name: string,
  ours: number | null,
  peers: Readonly<Record<string, PeerFigure>>,
  extra?: BenchCase['extra'],
): BenchCase {
  const figures = Object.values(peers).filter((peer) => typeof peer === 'number');
  const best = Math.min(...figures);
  // A share of time that is lost in noise may be zero or less.
  const ratio = ours !== null && ours > 0 && best > 0 && Number.isFinite(best) ? round(ours / best) : null;
  return {
    name,
    ours: ours === null ? null : round(ours),
    peers: Object.fromEntries(
      Object.entries(peers).map(([peer, figure]) => [peer, typeof figure === 'number' ? round(figure) : figure]),
    ),
    ratio,
    ...(extra === undefined ? {} : { extra }),
  };
}

/** Three digits of what was measured are more than a run can repeat; what was counted stays. */
function round(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(3));
}
