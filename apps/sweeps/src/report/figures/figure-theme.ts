import type { Config } from 'vega-lite';

/** The colours of a figure. */
export interface FigureTheme {
  readonly background: string | null;
  readonly ink: string;
  readonly muted: string;
  readonly grid: string;
  /** Ground of what has no value: a heatmap cell without accuracy, the strip of diverged trials. */
  readonly empty: string;
  readonly font: string;
}

/** For files on their own: black on white, in the font the PNG is drawn with. */
export const PAPER: FigureTheme = {
  background: '#ffffff',
  ink: '#1b1f24',
  muted: '#57606a',
  grid: '#dde1e6',
  empty: '#e9ebee',
  font: 'DejaVu Sans, Verdana, sans-serif',
};

/** For figures inside the report, whose style sheet sets the colours for light and dark. */
export const PAGE: FigureTheme = {
  background: null,
  ink: 'var(--ink)',
  muted: 'var(--muted)',
  grid: 'var(--line)',
  empty: 'var(--empty)',
  font: 'system-ui, -apple-system, Segoe UI, DejaVu Sans, sans-serif',
};

/** Width of a column of a paper, 8.5 cm, in CSS pixels. */
export const COLUMN_WIDTH = 321;

/** Pixels per unit that make `COLUMN_WIDTH` 8.5 cm at 300 dpi. */
export const PRINT_SCALE = 300 / 96;

/** A cross, for what diverged. */
export const CROSS = 'M-1,-1L1,1M-1,1L1,-1';

/** The part of a vega-lite spec that follows from the theme; 9 units are 6.75 points in print. */
export function themeConfig({ ink, muted, grid, font }: FigureTheme): Config {
  return {
    font,
    view: { stroke: null },
    mark: { invalid: null },
    axis: {
      labelColor: ink,
      titleColor: ink,
      gridColor: grid,
      domainColor: muted,
      tickColor: muted,
      labelFontSize: 9,
      titleFontSize: 9.5,
      titleFontWeight: 'normal',
      titlePadding: 6,
      labelPadding: 3,
      tickSize: 3,
    },
    header: { labelColor: ink, titleColor: ink, labelFontSize: 9, titleFontSize: 9.5, titleFontWeight: 'normal' },
    legend: {
      labelColor: ink,
      titleColor: ink,
      labelFontSize: 9,
      titleFontSize: 9,
      titleFontWeight: 'normal',
      symbolStrokeWidth: 1.5,
      symbolSize: 45,
      rowPadding: 2,
      columnPadding: 8,
      offset: 8,
    },
    title: {
      color: ink,
      subtitleColor: muted,
      fontSize: 10.5,
      subtitleFontSize: 8.5,
      anchor: 'start',
      frame: 'bounds',
      offset: 8,
      subtitlePadding: 4,
    },
  };
}
