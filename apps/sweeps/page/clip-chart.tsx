import { useEffect, useRef } from 'preact/hooks';
import { viridis } from './colours.js';
import type { MetricsLine } from './messages.js';

type ClipLine = Extract<MetricsLine, { type: 'clip' }>;

const ROW = 12;
const COLUMNS = 240;

/** Share of clipped units by layer (down) and step (across): how much adaptive clipping had to do. */
export function ClipChart({ lines }: { readonly lines: readonly MetricsLine[] }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const clips = lines.filter((line): line is ClipLine => line.type === 'clip');
  const layers = [...new Set(clips.slice(0, 20).flatMap((line) => Object.keys(line.layers)))];
  const size = Math.max(1, Math.ceil(clips.length / COLUMNS));
  const columns = Math.ceil(clips.length / size);
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
  }, [clips.length, layers.length]);
  if (clips.length === 0) return null;
  const first = clips[0]!.step;
  const last = clips.at(-1)!.step;
  return (
    <figure class="clips">
      <figcaption>
        Share of clipped units by layer <Scale />
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
          aria-label={`Share of clipped units in ${layers.length} layers over steps ${first} to ${last}`}
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
