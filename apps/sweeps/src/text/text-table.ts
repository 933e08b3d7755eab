/** Styles text for the terminal; the identity where there are no colours. */
export type Paint = (style: PaintStyle, text: string) => string;

/** The styles in use, named as `util.styleText` does. */
export type PaintStyle = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan' | 'magenta';

/** Returns text unstyled. */
export const plainPaint: Paint = (_style, text) => text;

/** A column of a table. */
export interface Column<Row> {
  readonly title: string;
  readonly align?: 'left' | 'right';
  readonly cell: (row: Row) => string;
  readonly style?: (row: Row) => PaintStyle | undefined;
}

/** `rows` as lines of aligned columns under a line of titles, each cut to `width` characters. */
export function textTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { paint = plainPaint, width = Number.POSITIVE_INFINITY }: { paint?: Paint; width?: number } = {},
): string[] {
  const cells = rows.map((row) => columns.map(({ cell }) => cell(row)));
  const widths = columns.map(({ title }, i) => Math.max(title.length, ...cells.map((line) => line[i]!.length)));
  // Padded and cut before it is painted: escape codes have no width.
  const layout = (texts: readonly string[], style: (i: number) => PaintStyle | undefined) => {
    let used = 0;
    return texts
      .map((text, i) => {
        const { align = 'left' } = columns[i]!;
        // The last column ends where its text does: blanks in colour survive a trim and would wrap in a narrow terminal.
        const isLast = i === texts.length - 1;
        const padded = align === 'right' ? text.padStart(widths[i]!) : isLast ? text : text.padEnd(widths[i]!);
        const gap = i === 0 ? '' : '  ';
        const piece = (gap + padded).slice(0, Math.max(0, width - used));
        used += piece.length;
        const name = style(i);
        return name ? paint(name, piece) : piece;
      })
      .join('')
      .trimEnd();
  };
  return [
    layout(
      columns.map(({ title }) => title),
      () => 'dim',
    ),
    ...cells.map((line, r) => layout(line, (i) => columns[i]!.style?.(rows[r]!))),
  ];
}
