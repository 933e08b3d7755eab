import type { Config } from 'vega-lite';

/** The colours of a figure. */
export interface FigureTheme {
  readonly background: string | null;
  readonly ink: string;
  readonly muted: string;
  readonly grid: string;
  /** Fill of a heatmap cell that has no accuracy. */
  readonly empty: string;
  readonly font: string;
}

/** For files on their own: black on white, in the font the PNG is drawn with. */
export const PAPER: FigureTheme = {
  background: '#ffffff',
  ink: '#1b1f24',
  muted: '#57606a',
  grid: '#e3e6ea',
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

/** The part of a vega-lite spec that follows from the theme. */
export function themeConfig({ ink, muted, grid, font }: FigureTheme): Config {
  return {
    font,
    view: { stroke: null },
    mark: { invalid: null },
    axis: {
      labelColor: muted,
      titleColor: ink,
      gridColor: grid,
      domainColor: grid,
      tickColor: grid,
      labelFontSize: 12,
      titleFontSize: 13,
      titleFontWeight: 'normal',
      titlePadding: 12,
      labelPadding: 6,
    },
    legend: { labelColor: muted, titleColor: ink, labelFontSize: 12, titleFontSize: 12, titleFontWeight: 'normal' },
    title: {
      color: ink,
      subtitleColor: muted,
      fontSize: 18,
      subtitleFontSize: 12.5,
      anchor: 'start',
      offset: 18,
      subtitlePadding: 7,
    },
  };
}
