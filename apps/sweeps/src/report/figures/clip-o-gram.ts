import type { ClipLine } from '../../schema/index.js';
import { meanOf } from '../../statistics/index.js';
import { isFigure } from '../../text/index.js';
import type { FigureMaker } from './figure.js';
import type { FigureTrial } from './figure-data.js';
import type { FigureTheme } from './figure-theme.js';

/** Steps are averaged into this many columns. */
const COLUMNS = 48;
const MOST_LAYERS = 60;
const MOST_PANELS = 2;

/** Share of clipped units in each layer over time, of the best trial and of one that diverged. */
export const clipOGram: FigureMaker = (data) => {
  const name = 'clip-o-gram';
  const trials = data.points
    .flatMap((point) => point.trials)
    .filter(({ values, step }) => values['clip.rule'] !== 'off' && step > 0);
  // Clipping matters most where batches are large.
  const bySize = (a: FigureTrial, b: FigureTrial) => Number(b.values['batchSize']) - Number(a.values['batchSize']);
  const best = trials
    .filter(({ accuracy }) => accuracy !== undefined)
    .sort((a, b) => bySize(a, b) || b.accuracy! - a.accuracy!);
  const diverged = trials
    .filter(({ state }) => state === 'diverged')
    .sort((a, b) => bySize(a, b) || Number(a.values['clip.threshold']) - Number(b.values['clip.threshold']));
  // Metrics are read from the disk: of a few candidates only.
  const chosen = [best, diverged].flatMap((kind) => {
    const candidates = kind.slice(0, 5).map((trial) => ({ trial, lines: clipLines(trial) }));
    const longest = Math.max(0, ...candidates.map(({ lines }) => lines.length));
    // Those that diverged at once have little to show.
    return (
      candidates.find(({ trial, lines }) => lines.length > 0 && (trial.state === 'done' || lines.length === longest)) ??
      []
    );
  });
  const panels = chosen
    .slice(0, MOST_PANELS)
    .map(({ trial, lines }) => ({ ...binned(lines), kind: kindOf(trial), title: panelTitle(trial, data.axes) }));
  if (panels.length === 0) return { name, reason: 'no trial recorded how much each layer was clipped' };
  const { layers } = panels[0]!;
  return {
    name,
    title: 'How much each layer is clipped',
    note: `Share of units whose gradient was clipped, of ${panels.map(({ kind }) => kind).join(' and of ')}. Layers from input (top) to output.${layers.length > MOST_LAYERS ? ` ${MOST_LAYERS} of ${layers.length} layers.` : ''}`,
    draw: (theme) => draw(theme, panels),
  };
};

const kindOf = ({ state }: FigureTrial) =>
  state === 'diverged' ? 'one that diverged' : 'the most accurate trial at the largest batch size';

const clipLines = (trial: FigureTrial) => trial.metrics().filter((line): line is ClipLine => line.type === 'clip');

function panelTitle(
  trial: FigureTrial,
  axes: readonly { path: string; title: string; label: (value: never) => string }[],
): string {
  const values = axes
    .slice(0, 2)
    .map(({ path, title, label }) => `${title.replace(/ \(.*\)$/, '')} ${label(trial.values[path] as never)}`);
  return [trial.state === 'diverged' ? `diverged at step ${trial.step}` : 'most accurate', values.join(', ')]
    .filter((text) => text !== '')
    .join(': ');
}

interface Panel {
  readonly title: string;
  readonly layers: readonly string[];
  readonly cells: readonly {
    readonly from: number;
    readonly to: number;
    readonly layer: string;
    readonly ratio: number;
  }[];
}

/** The mean ratio of each layer in equal groups of lines. */
export function binned(lines: readonly ClipLine[]): Omit<Panel, 'title'> {
  const layers = [...new Set(lines.flatMap((line) => Object.keys(line.layers)))];
  const size = Math.max(1, Math.ceil(lines.length / COLUMNS));
  const cells = Array.from({ length: Math.ceil(lines.length / size) }, (_, i) => {
    const group = lines.slice(i * size, (i + 1) * size);
    const from = i === 0 ? 0 : lines[i * size - 1]!.step;
    return layers.map((layer) => ({
      from,
      to: group.at(-1)!.step,
      layer,
      ratio: meanOf(group.map((line) => line.layers[layer]).map((ratio) => (isFigure(ratio) ? ratio : 0))),
    }));
  });
  return { layers, cells: cells.flat() };
}

/** Characters that fit beside the plot. */
const MOST_CHARACTERS = 32;

/** A name as the axis has room for it: cut in the middle, since layers of a block differ at the end. */
function shortName(layer: string): string {
  const name = layer.replace('nf_block_', 'block ').replace('squeeze_excite', 'SE');
  if (name.length <= MOST_CHARACTERS) return name;
  const half = MOST_CHARACTERS / 2;
  return `${name.slice(0, half - 1)}…${name.slice(-half)}`;
}

function draw(theme: FigureTheme, panels: readonly Panel[]): object {
  const { layers } = panels[0]!;
  const every = Math.ceil(layers.length / MOST_LAYERS);
  const shown = layers.filter((_, i) => i % every === 0);
  const isShown = new Set(shown);
  const rowHeight = shown.length > 24 ? 7 : 11;
  const names = Object.fromEntries(shown.map((layer) => [layer, shortName(layer)]));
  const longest = Math.max(...Object.values(names).map(({ length }) => length));
  // Plot and names share a column.
  const namesWidth = Math.min(160, Math.max(92, 5.8 * longest));
  return {
    spacing: 12,
    vconcat: panels.map(({ title, cells }, i) => ({
      title: { text: title, fontSize: 9, fontWeight: 'normal', offset: 3 },
      width: 300 - namesWidth,
      height: rowHeight * shown.length,
      data: { values: cells.filter(({ layer }) => isShown.has(layer)) },
      mark: { type: 'rect' },
      view: { stroke: theme.muted },
      encoding: {
        x: {
          field: 'from',
          type: 'quantitative',
          title: i === panels.length - 1 ? 'step' : null,
          scale: { nice: false, domainMin: 0 },
          axis: { grid: false, tickCount: 5, tickMinStep: 1, format: '~s' },
        },
        x2: { field: 'to' },
        y: {
          field: 'layer',
          type: 'nominal',
          sort: shown,
          title: null,
          axis: {
            domain: false,
            ticks: false,
            labelExpr: `${JSON.stringify(names)}[datum.label]`,
            labelLimit: namesWidth,
            minExtent: namesWidth,
            maxExtent: namesWidth,
            labelFontSize: Math.min(8.5, rowHeight),
            labelOverlap: 'parity',
          },
        },
        color: {
          field: 'ratio',
          type: 'quantitative',
          scale: { scheme: 'viridis', domain: [0, 1] },
          legend: {
            title: 'share of units clipped',
            orient: 'top',
            direction: 'horizontal',
            gradientLength: 120,
            gradientThickness: 7,
            format: '.0%',
            values: [0, 0.5, 1],
          },
        },
      },
    })),
  };
}
