import { viridis } from './colours.js';

/** What a cell of an accuracy map shows. */
export interface MapCellFacts {
  /** Mean test accuracy in percent; absent where nothing is done. */
  readonly mean?: number | undefined;
  readonly isDiverged: boolean;
  readonly isRunning: boolean;
  /** Steps made of all that are planned, 0 to 1. */
  readonly progress: number;
  /** The line below the accuracy or the cross. */
  readonly note: string;
  /** What the cell stands for and how it is, for the pointer and for screen readers. */
  readonly title: string;
}

interface MapCellProps extends MapCellFacts {
  /** Ends of the colours, in percent: `colourDomain`. */
  readonly domain: readonly [low: number, high: number];
  readonly isChosen?: boolean;
  readonly onOpen: () => void;
}

/** A cell of an accuracy map: the accuracy on its colour, a cross where it diverged, a bar for how far it is. */
export function MapCell({ domain: [low, high], onOpen, isChosen = false, ...facts }: MapCellProps) {
  const { mean, isDiverged, isRunning, progress, note, title } = facts;
  const fill = mean === undefined ? undefined : viridis((mean - low) / (high - low));
  const kind = fill ? (fill.isBright ? 'bright' : 'dark') : isDiverged ? 'diverged' : isRunning ? 'running' : 'open';
  return (
    <button
      type="button"
      class={`cell ${kind}${isChosen ? ' chosen' : ''}`}
      style={fill ? { background: fill.colour } : {}}
      title={title}
      onClick={onOpen}
    >
      <span>{mean !== undefined ? mean.toFixed(1) : isDiverged ? '✕' : ''}</span>
      <small>{note}</small>
      {progress > 0 && progress < 1 && <i style={{ width: `${100 * progress}%` }} />}
    </button>
  );
}

/** What the colours, the cross and the bar of the cells mean. */
export function MapLegend({ domain: [low, high] }: { readonly domain: readonly [low: number, high: number] }) {
  return (
    <p class="legend muted">
      <span class="scale">
        {low.toFixed(1)} % <span class="ramp" /> {high.toFixed(1)} %
      </span>
      <span>✕ diverged</span>
      <span>
        <span class="bar-sample" /> under way
      </span>
    </p>
  );
}
