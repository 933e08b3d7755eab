import type { TopLevelSpec } from 'vega-lite';

let loaded: ReturnType<typeof loadVega> | undefined;

/** Vega, loaded when the first figure is drawn: most commands draw none, and it takes as long to load as all the rest. */
async function loadVega() {
  const [vega, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  // Without a canvas vega takes 0.8 em for every character, which leaves a third of a figure with a long title empty.
  // The widest running text in DejaVu Sans has about 0.6. (Missing from vega's type declarations.)
  const { textMetrics } = vega as unknown as {
    textMetrics: { width: (item: { fontSize?: number }, text: unknown) => number };
  };
  textMetrics.width = ({ fontSize = 11 }, text) => 0.6 * fontSize * String(text ?? '').length;
  return { vega, compile };
}

/** The SVG text of a vega-lite spec. */
export async function renderSvg(spec: TopLevelSpec): Promise<string> {
  loaded ??= loadVega();
  const { vega, compile } = await loaded;
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: 'none', logLevel: vega.Error });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
