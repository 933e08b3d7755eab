import { useEffect, useRef } from 'preact/hooks';
import UPlot from 'uplot';
import { numberFormat } from '../src/text/format-values.js';
import { DASHES, LINES } from './colours.js';

export interface ChartLine {
  readonly label: string;
  readonly points: readonly (readonly [x: number, y: number | null])[];
  readonly showsPoints?: boolean;
}

interface ChartProps {
  readonly title: string;
  readonly xTitle: string;
  readonly lines: readonly ChartLine[];
  /** Values above are not drawn. */
  readonly limit?: number;
  readonly theme: string;
}

const HEIGHT = 210;
/** More points than pixels only cost time. */
const MOST_POINTS = 600;

/** Lines over a common x, which the wheel and the mouse can enlarge. */
export function Chart({ title, xTitle, lines, limit, theme }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | undefined>(undefined);
  const shape = `${theme} ${lines.map(({ label, showsPoints }) => `${label}${showsPoints}`).join('|')}`;
  const data = align(lines.map(({ points }) => thinned(points)));
  useEffect(() => {
    const style = getComputedStyle(document.documentElement);
    const [ink, grid, ground] = ['--muted', '--line', '--panel'].map((name) => style.getPropertyValue(name)) as [
      string,
      string,
      string,
    ];
    const axis = {
      stroke: ink,
      grid: { stroke: grid, width: 1 },
      ticks: { stroke: grid, width: 1 },
      font: '12px system-ui, sans-serif',
    };
    const made = new UPlot(
      {
        width: box.current!.clientWidth,
        height: HEIGHT,
        cursor: { points: { size: 6 } },
        legend: { live: true },
        scales: { x: { time: false }, y: { range: (_, low, high) => yRange(low, high, limit) } },
        axes: [
          {
            ...axis,
            label: xTitle,
            labelSize: 18,
            labelFont: axis.font,
            size: 34,
            values: (_, ticks) => shortNumbers(ticks),
          },
          {
            ...axis,
            // As wide as its longest number.
            size: (_, texts) => Math.max(46, 16 + 7 * Math.max(0, ...(texts ?? []).map(({ length }) => length))),
            values: (_, ticks) => shortNumbers(ticks),
          },
        ],
        series: [
          { label: xTitle },
          ...lines.map(({ label, showsPoints = false }, i) => ({
            label,
            stroke: LINES[i % LINES.length]!,
            width: 1.6,
            dash: DASHES[i % DASHES.length]!,
            spanGaps: true,
            points: { show: showsPoints, size: 5, fill: ground },
            value: (_: UPlot, value: number | null) => (value === null ? '–' : String(Number(value.toPrecision(4)))),
          })),
        ],
      },
      data,
      box.current!,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: box.current?.clientWidth ?? 0, height: HEIGHT }));
    observer.observe(box.current!);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [shape, xTitle, limit]);
  useEffect(() => plot.current?.setData(data), [lines]);
  return (
    <figure class="chart">
      <figcaption>{title}</figcaption>
      <div ref={box} />
    </figure>
  );
}

function yRange(low: number | null, high: number | null, limit: number | undefined): [number, number] {
  const bottom = low ?? 0;
  const top = Math.min(high ?? 1, limit ?? Number.POSITIVE_INFINITY);
  const margin = Math.max(1e-6, 0.05 * (top - bottom));
  return [bottom - margin, top + margin];
}

/** Numbers of an axis, in thousands or millions where they are many, each written differently. */
function shortNumbers(ticks: readonly number[]): string[] {
  const most = Math.max(0, ...ticks.map(Math.abs));
  const [size, unit] = most >= 1e6 && most < 1e9 ? [1e6, 'M'] : most >= 1e4 && most < 1e6 ? [1e3, 'k'] : [1, ''];
  const scaled = ticks.map((tick) => Number((tick / size).toPrecision(12)));
  const format = numberFormat(scaled);
  return scaled.map((value) => (value === 0 ? '0' : `${format(value)}${unit}`));
}

/** The lines as columns over all their x, in order. */
function align(lines: readonly (readonly (readonly [number, number | null])[])[]): UPlot.AlignedData {
  const xs = [...new Set(lines.flatMap((points) => points.map(([x]) => x)))].sort((a, b) => a - b);
  const columns = lines.map((points) => {
    const at = new Map(points);
    return xs.map((x) => at.get(x) ?? null);
  });
  return [xs, ...columns] as UPlot.AlignedData;
}

/** Means of neighbours, so that at most `MOST_POINTS` are left. */
function thinned(points: ChartLine['points']): ChartLine['points'] {
  const size = Math.ceil(points.length / MOST_POINTS);
  if (size <= 1) return points;
  return Array.from({ length: Math.ceil(points.length / size) }, (_, i) => {
    const group = points.slice(i * size, (i + 1) * size);
    const values = group.flatMap(([, y]) => y ?? []);
    return [
      group.at(-1)![0],
      values.length === 0 ? null : values.reduce((sum, y) => sum + y, 0) / values.length,
    ] as const;
  });
}
