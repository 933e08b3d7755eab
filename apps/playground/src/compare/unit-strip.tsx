import { useEffect, useRef } from 'preact/hooks';
import { describeUnits, RATIO_ENDS, ratioHeight, unitBars } from './unit-bars.js';

interface UnitStripProps {
  readonly layer: string;
  readonly ratios: ArrayLike<number> | undefined;
  /** The ratio above which AGC clips; absent under another rule. */
  readonly limit: number | undefined;
  readonly theme: string;
}

const HEIGHT = 76;
const MARKS = [1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1];

/** The ratio of each unit of a layer as a bar; what is above the limit glows, and is striped besides. */
export function UnitStrip({ layer, ratios, limit, theme }: UnitStripProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const bars = unitBars(ratios ?? [], limit);
  useEffect(() => {
    const element = canvas.current!;
    const draw = () => {
      const scale = devicePixelRatio;
      const width = element.clientWidth;
      element.width = width * scale;
      element.height = HEIGHT * scale;
      const context = element.getContext('2d')!;
      context.scale(scale, scale);
      drawBars(context, width, bars, limit);
    };
    draw();
    const observer = new ResizeObserver(draw);
    observer.observe(element);
    return () => observer.disconnect();
  }, [ratios, limit, theme, layer]);
  return (
    <div class="strip">
      <ol aria-hidden="true">
        {MARKS.filter((_, i) => i % 2 === 0).map((ratio) => (
          <li key={ratio} style={{ bottom: `${100 * ratioHeight(ratio)}%` }}>
            {ratio}
          </li>
        ))}
      </ol>
      <canvas
        ref={canvas}
        style={{ height: `${HEIGHT}px` }}
        role="img"
        aria-label={bars.length === 0 ? `Units of ${layer}: no step yet` : describeUnits(layer, bars, limit)}
      />
      <p class="strip-units muted" aria-hidden="true">
        <span>unit 1</span>
        <span>{bars.length}</span>
      </p>
    </div>
  );
}

function drawBars(
  context: CanvasRenderingContext2D,
  width: number,
  bars: ReturnType<typeof unitBars>,
  limit: number | undefined,
): void {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name);
  context.fillStyle = colour('--line');
  for (const mark of MARKS) context.fillRect(0, HEIGHT * (1 - ratioHeight(mark)) - 0.5, width, 1);
  const step = width / Math.max(1, bars.length);
  const thickness = Math.max(1, Math.min(12, step - 1));
  for (const [i, { height, isClipped }] of bars.entries()) {
    const top = HEIGHT * (1 - height);
    context.shadowBlur = isClipped ? 7 : 0;
    context.shadowColor = colour('--glow');
    context.fillStyle = colour(isClipped ? '--glow' : '--muted');
    context.globalAlpha = isClipped ? 1 : 0.55;
    context.fillRect(i * step, top, thickness, HEIGHT - top);
  }
  context.shadowBlur = 0;
  context.globalAlpha = 1;
  if (limit === undefined || limit < RATIO_ENDS.low) return;
  context.fillStyle = colour('--ink');
  context.fillRect(0, HEIGHT * (1 - ratioHeight(limit)) - 1, width, 1.5);
}
