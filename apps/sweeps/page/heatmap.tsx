import { colourDomain, MapCell, type MapCellFacts, MapLegend } from '@nfnets/charts';
import { type Cell, cellKey, cellsOf } from './cells.js';
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
  const domain = colourDomain([...cells.values()].flatMap(({ mean }) => mean ?? []));
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
                      {cell && (
                        <MapCell
                          {...factsOf(cell, name)}
                          domain={domain}
                          isChosen={key === chosen}
                          onOpen={() => onOpen(cell)}
                        />
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <MapLegend domain={domain} />
    </section>
  );
}

/** What the cell called `name` shows. */
function factsOf(cell: Cell, name: string): MapCellFacts {
  const { mean, sd, done, diverged, running, progress, trials } = cell;
  const count = trials.length > 1 ? trials.length : 0;
  const spread = [sd === undefined ? '' : `± ${sd.toFixed(1)}`, count && done < count ? `${done}/${count}` : ''];
  const note =
    mean !== undefined
      ? spread.filter(Boolean).join(' ')
      : diverged > 0
        ? count
          ? `${diverged}/${count}`
          : `step ${trials[0]!.lostAt ?? trials[0]!.step}`
        : // The bar shows how far it is: a percentage would pass for an accuracy.
          trials.some(({ state }) => state === 'failed')
          ? 'failed'
          : running > 0
            ? 'running'
            : '';
  return {
    mean,
    isDiverged: diverged > 0,
    isRunning: running > 0,
    progress,
    note,
    title: `${name}: ${done} done, ${diverged} diverged, ${running} running, of ${trials.length}; ${Math.floor(100 * progress)} % of the steps made`,
  };
}
