import { type Cell, cellKey, cellsOf, colourDomain } from './cells.js';
import { viridis } from './colours.js';
import { formatValue } from './format.js';
import type { Axis, LiveTrial } from './messages.js';

interface HeatmapProps {
  readonly trials: ReadonlyMap<string, LiveTrial>;
  readonly axes: readonly Axis[];
  readonly row: number;
  readonly column: number;
  readonly onAxes: (row: number, column: number) => void;
  readonly onOpen: (cell: Cell) => void;
  readonly chosen: string | undefined;
}

const MOST = 40;

/** Accuracy over two axes, filling in; a button for each cell. */
export function Heatmap({ trials, axes, row, column, onAxes, onOpen, chosen }: HeatmapProps) {
  const [down, across] = [axes[row], axes[column]];
  if (!down || !across) return null;
  const cells = cellsOf(trials.values(), row, column);
  const [low, high] = colourDomain(cells.values());
  const rows = down.values.slice(0, MOST).reverse();
  const columns = across.values.slice(0, MOST);
  const choose = (label: string, value: number, change: (value: number) => void) => (
    <label>
      {label}{' '}
      <select value={value} onChange={(event) => change(Number(event.currentTarget.value))}>
        {axes.map((axis, i) => (
          <option key={axis.path} value={i}>
            {axis.title}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <section>
      <h2>Accuracy</h2>
      {axes.length > 2 && (
        <p class="axes">
          {choose('down', row, (value) => onAxes(value, column))}{' '}
          {choose('across', column, (value) => onAxes(row, value))}
        </p>
      )}
      <div class="scroll">
        <table class={`heatmap${columns.length > 7 || rows.length > 12 ? ' dense' : ''}`}>
          <thead>
            <tr>
              <th>
                <span class="muted">
                  {down.short} ╲ {across.short}
                </span>
              </th>
              {columns.map((value) => (
                <th key={String(value)}>{formatValue(value, across)}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((value) => (
              <tr key={String(value)}>
                <th class="row-name">{formatValue(value, down)}</th>
                {columns.map((other) => {
                  const key = cellKey(value, other);
                  const cell = cells.get(key);
                  const name = `${down.short} ${formatValue(value, down)}, ${across.short} ${formatValue(other, across)}`;
                  return (
                    <td key={key}>
                      {cell && <CellButton {...{ cell, name, low, high }} isChosen={key === chosen} onOpen={onOpen} />}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="legend muted">
        <span class="scale">
          {low.toFixed(1)} % <span class="ramp" /> {high.toFixed(1)} %
        </span>
        <span>✕ diverged</span>
        <span>
          <span class="bar-sample" /> under way
        </span>
      </p>
    </section>
  );
}

interface CellButtonProps {
  readonly cell: Cell;
  readonly name: string;
  readonly low: number;
  readonly high: number;
  readonly isChosen: boolean;
  readonly onOpen: (cell: Cell) => void;
}

function CellButton({ cell, name, low, high, isChosen, onOpen }: CellButtonProps) {
  const { mean, sd, done, diverged, running, progress, trials } = cell;
  const fill = mean === undefined ? undefined : viridis((mean - low) / (high - low));
  const count = trials.length > 1 ? trials.length : 0;
  const kind =
    mean !== undefined
      ? fill!.isBright
        ? 'bright'
        : 'dark'
      : diverged > 0
        ? 'diverged'
        : running > 0
          ? 'running'
          : 'open';
  const lines =
    mean !== undefined
      ? [
          mean.toFixed(1),
          [sd === undefined ? '' : `± ${sd.toFixed(1)}`, count && done < count ? `${done}/${count}` : '']
            .filter(Boolean)
            .join(' '),
        ]
      : diverged > 0
        ? ['✕', count ? `${diverged}/${count}` : `step ${trials[0]!.lostAt ?? trials[0]!.step}`]
        : // The bar shows how far it is: a percentage would pass for an accuracy.
          ['', trials.some(({ state }) => state === 'failed') ? 'failed' : running > 0 ? 'running' : ''];
  return (
    <button
      type="button"
      class={`cell ${kind}${isChosen ? ' chosen' : ''}`}
      style={fill ? { background: fill.colour } : {}}
      title={`${name}: ${done} done, ${diverged} diverged, ${running} running, of ${trials.length}; ${Math.floor(100 * progress)} % of the steps made`}
      onClick={() => onOpen(cell)}
    >
      <span>{lines[0]}</span>
      <small>{lines[1]}</small>
      {progress > 0 && progress < 1 && <i style={{ width: `${100 * progress}%` }} />}
    </button>
  );
}
