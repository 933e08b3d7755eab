import type { TopLevelSpec } from 'vega-lite';
import { wrapText } from '../../text/index.js';
import type { FigureData } from './figure-data.js';
import { type FigureTheme, PAPER, themeConfig } from './figure-theme.js';

/** A figure that applies to a sweep. */
export interface Figure {
  /** Names its files. */
  readonly name: string;
  readonly title: string;
  /** What the marks stand for and how numbers were made, in sentences. */
  readonly note: string;
  /** The vega-lite spec without its title, `COLUMN_WIDTH` wide. */
  readonly draw: (theme: FigureTheme) => object;
}

/** A figure that does not apply to a sweep, and why. */
export interface LeftOutFigure {
  readonly name: string;
  readonly reason: string;
}

/** Makes a figure of what a sweep left; undefined where nobody would look for it. Pure. */
export type FigureMaker = (data: FigureData) => Figure | LeftOutFigure | undefined;

/** The spec of `figure` inside a page that has its title and note as text. */
export const pageSpec = (figure: Figure, theme: FigureTheme): TopLevelSpec => complete(figure.draw(theme), theme);

/** The spec of `figure` as a file of its own, with title and note. */
export function paperSpec({ title, note, draw }: Figure): TopLevelSpec {
  const text = { text: wrapText(title, 48), subtitle: wrapText(note, 60) };
  return complete({ title: text, ...draw(PAPER) }, PAPER);
}

const complete = (spec: object, theme: FigureTheme) =>
  ({
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: theme.background ?? 'transparent',
    padding: 4,
    config: themeConfig(theme),
    ...spec,
  }) as TopLevelSpec;
