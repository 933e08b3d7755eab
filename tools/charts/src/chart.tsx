import { useEffect, useRef } from 'preact/hooks';
import UPlot from 'uplot';
import { DASHES, LINES } from './colours.js';

export interface ChartLine {
  readonly label: string;
  readonly points: readonly (readonly [x: number, y: number | null])[];
  readonly showsPoints?: boolean;
}

/** A place on the x axis that something happened at. */
export interface ChartMark {
  readonly x: number;
  readonly label: string;
}

interface ChartProps {
  readonly title: string;
  readonly xTitle: string;
  readonly lines: readonly ChartLine[];
  /** Values above are not drawn. */
  readonly limit?: number;
  /** Whether y grows by factors; values that are not above 0 are not drawn. */
  readonly isLog?: boolean;
  /** Vertical lines. */
  readonly marks?: readonly ChartMark[];
  /** What there is to see, for those who cannot. Default nothing is said. */
  readonly summary?: string;
  readonly height?: number;
  /** As far as the x axis goes at least. Default where the lines end. */
  readonly xEnd?: number | undefined;
  readonly theme: string;
}

const HEIGHT = 210;
/** More points than pixels only cost time. */
const MOST_POINTS = 600;
const NO_MARKS: readonly ChartMark[] = [];

/** Lines over a common x, which the wheel and the mouse can enlarge. */
export function Chart({ title, xTitle, lines, limit, isLog = false, marks = NO_MARKS, ...more }: ChartProps) {
  const { summary, height = HEIGHT, xEnd, theme } = more;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | undefined>(undefined);
  const drawn = useRef(marks);
  drawn.current = marks;
  const shape = `${theme} ${lines.map(({ label, showsPoints }) => `${label}${showsPoints}`).join('|')}`;
  const data = align(
    lines.map(({ points }) => thinned(isLog ? positive(points) : points)),
    xEnd === undefined ? [] : [xEnd],
  );
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
        height,
        cursor: { points: { size: 6 } },
        legend: {
          live: true,
          // As the line itself is: for those who see no colours.
          markers: { dash: (_, i) => borderStyle(DASHES[(i - 1) % DASHES.length]) },
        },
        scales: {
          x: { time: false },
          y: isLog
            ? { distr: 3, range: (_, low, high) => logRange(low, high, limit) }
            : { range: (_, low, high) => yRange(low, high, limit) },
        },
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
            ...(isLog && { grid: { ...axis.grid, filter: (_: UPlot, ticks: number[]) => ticks.map(powerOfTen) } }),
            // As wide as its longest number.
            size: (_, texts) =>
              Math.max(46, 20 + 7 * Math.max(0, ...(texts ?? []).map((text) => String(text ?? '').length))),
            values: (_, ticks) => (isLog ? ticks.map(logNumber) : shortNumbers(ticks)),
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
        hooks: { draw: [(self) => drawMarks(self, drawn.current, ink)] },
      },
      data,
      box.current!,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: box.current?.clientWidth ?? 0, height }));
    observer.observe(box.current!);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [shape, xTitle, limit, isLog, height]);
  useEffect(() => plot.current?.setData(data), [lines, marks, xEnd]);
  return (
    <figure class="chart">
      <figcaption>{title}</figcaption>
      <div ref={box} {...(summary === undefined ? {} : { role: 'img', 'aria-label': summary })} />
    </figure>
  );
}

/** What a dash is called in a style sheet. */
const borderStyle = ([length]: readonly number[] = []): string =>
  length === undefined ? 'solid' : length < 3 ? 'dotted' : 'dashed';

function drawMarks({ ctx, bbox, valToPos }: UPlot, marks: readonly ChartMark[], ink: string): void {
  const pixels = devicePixelRatio;
  ctx.save();
  Object.assign(ctx, { strokeStyle: ink, fillStyle: ink, lineWidth: pixels, font: `${11 * pixels}px system-ui` });
  ctx.setLineDash([3 * pixels, 3 * pixels]);
  for (const { x, label } of marks) {
    const place = valToPos(x, 'x', true);
    if (!(place >= bbox.left && place <= bbox.left + bbox.width)) continue;
    ctx.beginPath();
    ctx.moveTo(place, bbox.top);
    ctx.lineTo(place, bbox.top + bbox.height);
    ctx.stroke();
    // On the side that has room.
    const isLeft = place > bbox.left + bbox.width / 2;
    ctx.textAlign = isLeft ? 'right' : 'left';
    ctx.fillText(label, place + (isLeft ? -4 : 4) * pixels, bbox.top + 11 * pixels);
  }
  ctx.restore();
}

function yRange(low: number | null, high: number | null, limit: number | undefined): [number, number] {
  const bottom = low ?? 0;
  const top = Math.min(high ?? 1, limit ?? Number.POSITIVE_INFINITY);
  const margin = Math.max(1e-6, 0.05 * (top - bottom));
  return [bottom - margin, top + margin];
}

/** At least from one power of ten to the next, for the axis to have two numbers. */
function logRange(low: number | null, high: number | null, limit = Number.POSITIVE_INFINITY): [number, number] {
  const bottom = 10 ** Math.floor(Math.log10(low ?? 1));
  const top = Math.min(high ?? 10, limit);
  return [bottom, Math.max(10 * bottom, top * 1.2)];
}

/** Numbers of an axis, in thousands or millions where they are many; ticks are round, so that few digits tell them apart. */
function shortNumbers(ticks: readonly number[]): string[] {
  const most = Math.max(0, ...ticks.map(Math.abs));
  const [size, unit] = most >= 1e6 && most < 1e9 ? [1e6, 'M'] : most >= 1e4 && most < 1e6 ? [1e3, 'k'] : [1, ''];
  return ticks.map((tick) => (tick === 0 ? '0' : `${Number((tick / size).toPrecision(12))}${unit}`));
}

/** The tick, where it is a power of ten: of the others a line each would be a grey plane. */
const powerOfTen = (tick: number | null): number | null =>
  tick !== null && Math.abs(Math.log10(tick) - Math.round(Math.log10(tick))) < 1e-6 ? tick : null;

/** Powers of ten and halves of them: the other lines of a logarithmic axis have no room for numbers. */
function logNumber(tick: number | null): string {
  if (tick === null) return '';
  const digits = tick / 10 ** Math.floor(Math.log10(tick) + 1e-9);
  const isNamed = [1, 2, 5].some((digit) => Math.abs(digits - digit) < 1e-6);
  if (!isNamed) return '';
  return tick >= 1e5 || tick < 1e-3 ? tick.toExponential(0) : String(Number(tick.toPrecision(3)));
}

const positive = (points: ChartLine['points']): ChartLine['points'] =>
  points.map(([x, y]) => [x, y !== null && y > 0 ? y : null] as const);

/** The lines as columns over all their x, and `others`, in order. */
function align(
  lines: readonly (readonly (readonly [number, number | null])[])[],
  others: readonly number[],
): UPlot.AlignedData {
  const xs = [...new Set([...lines.flatMap((points) => points.map(([x]) => x)), ...others])].sort((a, b) => a - b);
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
