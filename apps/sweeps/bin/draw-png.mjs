// Draws SVG texts as PNG files for its parent. A process of its own, since on some drawings the rasterizer does not raise an
// error but ends the process: that shall cost the picture, not the sweep.
import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';

const { resolve } = createRequire(import.meta.url);
// Text is drawn in DejaVu Sans, whatever the machine has.
const font = {
  fontFiles: [resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'), resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf')],
  loadSystemFonts: false,
  defaultFontFamily: 'DejaVu Sans',
};

process.on('message', ({ svg, scale }) => {
  try {
    const png = new Resvg(svg, { fitTo: { mode: 'zoom', value: scale }, font }).render().asPng();
    process.send({ png });
  } catch (error) {
    process.send({ error: error.message });
  }
});
