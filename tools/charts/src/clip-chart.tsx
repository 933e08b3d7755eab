import { useEffect, useRef } from 'preact/hooks';
import { viridis } from './colours.js';

/** What was clipped at a step: the share of each layer's units. */
export interface ClipColumn {
  readonly step: number;
  readonly layers: Readonly<Record<string, number>>;
}

const ROW = 12;
const COLUMNS = 240;

interface ClipChartProps {
  readonly lines: readonly ClipColumn[];
  /** Default 'Share of clipped units by layer'. */
  readonly title?: string;
}

/** Share of clipped units by layer (down) and step (across): how much clipping had to do. */
export function ClipChart({ lines: clips, title = 'Share of clipped units by layer' }: ClipChartProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const layers = [...new Set(clips.slice(0, 20).flatMap((line) => Object.keys(line.layers)))];
  const size = Math.max(1, Math.ceil(clips.length / COLUMNS));
  const columns = Math.ceil(clips.length / size);
  const first = clips[0]?.step;
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context || columns === 0) return;
    const image = context.createImageData(columns, layers.length);
    for (let column = 0; column < columns; column++) {
      const group = clips.slice(column * size, (column + 1) * size);
      layers.forEach((layer, row) => {
        const mean = group.reduce((sum, line) => sum + (line.layers[layer] ?? 0), 0) / group.length;
        image.data.set([...viridis(mean).rgb, 255], 4 * (row * columns + column));
      });
    }
    context.putImageData(image, 0, 0);
  }, [clips.length, layers.length, first]);
  if (first === undefined) return null;
  const last = clips.at(-1)!.step;
  return (
    <figure class="clips">
      <figcaption>
        {title} <Scale />
      </figcaption>
      <div class="clip-grid">
        <ol>
          {layers.map((layer) => (
            <li key={layer} title={layer}>
              {layer}
            </li>
          ))}
        </ol>
        <canvas
          ref={canvas}
          width={columns}
          height={layers.length}
          style={{ height: `${ROW * layers.length}px` }}
          role="img"
          aria-label={`${title}: ${layers.length} layers over steps ${first} to ${last}`}
        />
      </div>
      <p class="clip-steps muted">
        <span>step {first}</span>
        <span>{last}</span>
      </p>
    </figure>
  );
}

const Scale = () => (
  <span class="scale">
    0 % <span class="ramp" /> 100 %
  </span>
);
