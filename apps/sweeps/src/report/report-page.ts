import { stringify } from 'yaml';
import { namingAxes, valuesOf } from '../plan/index.js';
import type { FullTrialRecord, SweepConfig } from '../schema/index.js';
import { formatDuration, formatLoss, formatPercent, isFigure, numberFormat } from '../text/index.js';
import type { CombinationClipping } from './clipping/diagnose-combinations.js';
import type { LeftOutFigure } from './figures/figure.js';
import { REPORT_STYLE } from './report-style.js';
import { describeBest, nameOfBest, type SweepSummary, type TrialSummary } from './summarize.js';
import { asLast, stateText } from './summary-table.js';

/** What the report page shows. */
export interface ReportContent {
  readonly config: SweepConfig;
  readonly summary: SweepSummary;
  readonly records: readonly FullTrialRecord[];
  /** What was run, a line each. */
  readonly description: readonly string[];
  /** The figures that apply, with their SVG text. */
  readonly figures: readonly {
    readonly name: string;
    readonly title: string;
    readonly note: string;
    readonly svg: string;
  }[];
  /** The figures that do not apply. */
  readonly leftOut: readonly LeftOutFigure[];
  /** What clipping did, a combination of values each; none where nothing is known. */
  readonly clipping: readonly CombinationClipping[];
}

/** Rows of the table of trials; `summary.json` has them all. */
const MOST_ROWS = 1000;

/** The report as one HTML page that needs nothing else: no script, no request. Pure. */
export function reportPage(content: ReportContent): string {
  const { config, summary, records, description, figures, leftOut, clipping } = content;
  const title = `Sweep: ${summary.name}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<main>
<header>
<p class="kind">Sweep</p>
<h1>${escapeHtml(summary.name)}</h1>
${config.description ? `<p class="lead">${escapeHtml(config.description)}</p>` : ''}
<p class="muted">${description.map(escapeHtml).join('<br>')}</p>
</header>
${headline(summary)}
<section>
<h2>Figures</h2>
<div class="figures">${figures.map(figureBlock).join('\n')}</div>
<p class="muted">Each is in <code>figures/</code> as SVG, as PNG for a column of 8.5 cm at 300 dpi, and as Vega-Lite spec.${leftOut.length === 0 ? '' : ` Left out: ${leftOut.map(({ name, reason }) => `${name} (${escapeHtml(reason)})`).join(', ')}.`}</p>
</section>
${clippingSection(clipping)}
<section>
<h2>Trials</h2>
<div class="scroll">${trialTable(summary)}</div>
</section>
<section>
<h2>What was run</h2>
<details open><summary>Config</summary><pre>${escapeHtml(stringify(config))}</pre></details>
<details><summary>Environment</summary>${environments(records)}</details>
</section>
</main>
</body>
</html>
`;
}

function headline({ trials, counts, best }: SweepSummary): string {
  const seconds = trials.reduce((sum, trial) => sum + (trial.seconds ?? 0), 0);
  const unfinished = trials.length - (counts.done ?? 0) - (counts.diverged ?? 0) - (counts.pruned ?? 0);
  const items: [string, string][] = [
    ...(best
      ? [[describeBest(best), `best mean accuracy, at ${nameOfBest({ best, trials })}`] as [string, string]]
      : []),
    [`${counts.done ?? 0} of ${trials.length}`, 'trials trained to the end'],
    [String(counts.diverged ?? 0), 'diverged'],
    ...(counts.pruned ? [[String(counts.pruned), 'stopped early'] as [string, string]] : []),
    ...(unfinished > 0 ? [[String(unfinished), 'failed or not run'] as [string, string]] : []),
    [formatDuration(seconds), 'of computing'],
  ];
  return `<dl class="headline">${items.map(([value, label]) => `<div><dt>${escapeHtml(label)}</dt><dd>${escapeHtml(value)}</dd></div>`).join('')}</dl>`;
}

function figureBlock({ name, title, note, svg }: ReportContent['figures'][number]): string {
  const label = escapeHtml(title);
  return `<figure id="${name}"><figcaption>${label}</figcaption><div class="drawing" role="img" aria-label="${label}; the table below has the numbers.">${svg}</div><p class="muted">${escapeHtml(note)}</p></figure>`;
}

/** What clipping did, a row for each combination. */
function clippingSection(clipping: readonly CombinationClipping[]): string {
  if (clipping.length === 0) return '';
  const row = ({ name, verdict, warmupShare, clippedShare, accuracy, advice }: CombinationClipping) => {
    const numbers = [warmupShare, clippedShare, accuracy].map(
      (share) => `<td class="number">${formatPercent(share)}</td>`,
    );
    return `<tr><td>${escapeHtml(name)}</td><td>${verdict}</td>${numbers.join('')}<td>${advice.map(escapeHtml).join('<br>')}</td></tr>`;
  };
  const titles = ['in the warm-up, %', 'after it, %', 'accuracy, %'].map((text) => `<th class="number">${text}</th>`);
  return `<section>
<h2>What clipping did</h2>
<p class="muted">Share of units that were clipped, every layer counting alike, over all seeds of a combination; <code>clipping.json</code> has it.</p>
<div class="scroll"><table><thead><tr><th>trials</th><th>clipped</th>${titles.join('')}<th>what to do</th></tr></thead><tbody>${clipping.map(row).join('\n')}</tbody></table></div>
</section>`;
}

/** A row for each trial, with a column for each config value that differs; the best first where there are too many. */
function trialTable({ trials, best }: SweepSummary): string {
  const rows = trials.map((trial) => ({ ...trial, values: valuesOf(trial.config) }));
  const axes = namingAxes(trials.map(({ config }) => config));
  const shown =
    rows.length > MOST_ROWS ? rows.toSorted((a, b) => accuracyOf(b) - accuracyOf(a)).slice(0, MOST_ROWS) : rows;
  const rate = numberFormat(rows.map(({ learningRate }) => learningRate));
  const isBest = new Set(best?.trials);
  const row = ({
    id,
    values,
    learningRate,
    status,
    reason,
    lostAt,
    metrics,
    step,
    steps,
    seconds,
  }: (typeof rows)[number]) => {
    const numbers = [
      ...axes.map(({ path, label }) => label(values[path])),
      rate(learningRate),
      asLast(status, formatPercent(metrics['accuracy'])),
      asLast(status, formatLoss(metrics['loss'])),
      `${step}/${steps}`,
      formatDuration(seconds),
    ];
    return `<tr${isBest.has(id) && status === 'done' ? ' class="best"' : ''}>${numbers.map((text) => `<td class="number">${escapeHtml(text)}</td>`).join('')}<td><span class="state ${status}">${stateText(status, lostAt)}</span>${reason ? ` <span class="muted">${escapeHtml(reason)}</span>` : ''}</td><td><code>${id}</code></td></tr>`;
  };
  const titles = [...axes.map(({ title }) => title), 'learning rate', 'accuracy, %', 'test loss', 'steps', 'time'];
  const more =
    rows.length > shown.length
      ? `<p class="muted">The ${shown.length} most accurate of ${rows.length} trials; summary.json has all.</p>`
      : '';
  return `${more}<table><thead><tr>${titles.map((text) => `<th class="number">${escapeHtml(text)}</th>`).join('')}<th>status</th><th>trial</th></tr></thead><tbody>${shown.map(row).join('\n')}</tbody></table>`;
}

const accuracyOf = ({ status, metrics: { accuracy } }: TrialSummary) =>
  status === 'done' && isFigure(accuracy) ? accuracy : -1;

/** Each distinct environment once, with the number of trials that ran in it. */
function environments(records: readonly FullTrialRecord[]): string {
  const groups = new Map<string, number>();
  for (const { environment } of records) {
    if (!environment) continue;
    const { startedAt: _, ...rest } = environment;
    const text = JSON.stringify(rest);
    groups.set(text, (groups.get(text) ?? 0) + 1);
  }
  if (groups.size === 0) return '<p class="muted">No trial has started.</p>';
  return [...groups]
    .map(([text, count]) => `<p class="muted">${count} trials</p><pre>${escapeHtml(stringify(JSON.parse(text)))}</pre>`)
    .join('');
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign]!);
}
