import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Slider } from '../fields/index.js';
import { drawGallery, type Exhibit } from './draw-gallery.js';

/** The magnitudes that NFNets are trained with. */
const MAGNITUDES = { 5: 'F0', 10: 'F1, F2', 15: 'F3 to F6' } as Readonly<Record<number, string>>;

/** One image through each augmentation, as strong as the slider says. */
export function Gallery() {
  const [magnitude, setMagnitude] = useState(10);
  const [seed, setSeed] = useState(1);
  const exhibits = useMemo(() => drawGallery(magnitude, seed), [magnitude, seed]);
  const of = MAGNITUDES[magnitude];
  const shown = of ? `${magnitude} (${of})` : String(magnitude);
  return (
    <section aria-labelledby="gallery-title" id="gallery">
      <h3 id="gallery-title">One image through each augmentation</h3>
      <div class="buttons">
        <Slider id="magnitude" label="magnitude" shown={shown} value={magnitude} high={15} onChange={setMagnitude} />
        <button type="button" id="redraw" onClick={() => setSeed(seed + 1)}>
          Draw again
        </button>
      </div>
      <ul class="gallery">
        {exhibits.map((exhibit, i) => (
          <Picture key={i} {...exhibit} />
        ))}
      </ul>
    </section>
  );
}

function Picture({ name, image }: Exhibit) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const { data, width, height } = image;
    const shown = new ImageData(width, height);
    for (let i = 0; i < width * height; i++)
      shown.data.set([data[3 * i]!, data[3 * i + 1]!, data[3 * i + 2]!, 255], 4 * i);
    canvas.current!.getContext('2d')!.putImageData(shown, 0, 0);
  }, [image]);
  return (
    <li>
      <canvas ref={canvas} width={image.width} height={image.height} role="img" aria-label={name} />
      <span aria-hidden="true">{name}</span>
    </li>
  );
}
