import { stringify } from 'yaml';
import { formatClipFactor, formatDuration, formatLoss, formatPercent, formatRate } from './format-values.js';
import { REPORT_STYLE } from './report-style.js';
import type { FullTrialRecord } from './run-folder.js';
import type { SweepSummary, TrialSummary } from './summarize.js';
import type { SweepConfig } from './sweep-schema.js';

/** What the report page shows. */
export interface ReportContent {
  readonly config: SweepConfig;
  readonly summary: SweepSummary;
  readonly records: readonly FullTrialRecord[];
  /** What was run, a line each. */
  readonly description: readonly string[];
  /** SVG text of the heatmap and of one panel of learning curves per batch size. */
  readonly heatmap: string;
  readonly curves: readonly { readonly batchSize: string; readonly svg: string }[];
  /** Colour of each clip factor's line. */
  readonly colours: ReadonlyMap<string, string>;
}

/** The report as one HTML page that needs nothing else: no script, no request. Pure. */
export function reportPage({ config, summary, records, description, heatmap, curves, colours }: ReportContent): string {
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
<h2>Accuracy on the test images</h2>
<figure class="scroll" role="img" aria-label="Heatmap of test accuracy over clip factor and batch size; the table below has the same numbers.">${heatmap}</figure>
<p class="muted">In percent, after the last epoch; the best is framed. A cross marks a trial that diverged: its loss stopped being a number or left the range of learning, at the step given.</p>
</section>
<section>
<h2>Learning curves</h2>
<p class="legend">${[...colours].map(([clip, colour]) => legendItem(clip, colour)).join('')}</p>
<div class="panels">${curves
    .map(
      ({ batchSize, svg }) =>
        `<figure role="img" aria-label="Training loss at batch size ${batchSize}, one line per clip factor."><figcaption>batch size ${batchSize}</figcaption>${svg}</figure>`,
    )
    .join('\n')}</div>
</section>
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
  const top = trials.find(({ id }) => id === best);
  const seconds = trials.reduce((sum, trial) => sum + (trial.seconds ?? 0), 0);
  const unfinished = trials.length - (counts.done ?? 0) - (counts.diverged ?? 0);
  const items: [string, string][] = [
    ...(top
      ? [
          [
            `${formatPercent(top.metrics['accuracy'])} %`,
            `best accuracy, at clip factor ${formatClipFactor(top.config.clipFactor)} and batch size ${top.config.batchSize}`,
          ] as [string, string],
        ]
      : []),
    [`${counts.done ?? 0} of ${trials.length}`, 'trials trained to the end'],
    [String(counts.diverged ?? 0), 'diverged'],
    ...(unfinished > 0 ? [[String(unfinished), 'failed or not run'] as [string, string]] : []),
    [formatDuration(seconds), 'of computing'],
  ];
  return `<dl class="headline">${items.map(([value, label]) => `<div><dt>${escapeHtml(label)}</dt><dd>${escapeHtml(value)}</dd></div>`).join('')}</dl>`;
}

function legendItem(clip: string, colour: string): string {
  const dashes = clip === 'off' ? ' stroke-dasharray="5 3"' : '';
  return `<span><svg width="26" height="8" aria-hidden="true"><path d="M1 4H25" stroke="${colour}" stroke-width="2.5"${dashes}/></svg> ${clip === 'off' ? 'no clipping' : `λ = ${escapeHtml(clip)}`}</span>`;
}

function trialTable({ trials, best }: SweepSummary): string {
  const row = (trial: TrialSummary) => {
    const { id, config, learningRate, status, reason, metrics, step, steps, seconds } = trial;
    const numbers = [
      formatClipFactor(config.clipFactor),
      String(config.batchSize),
      formatRate(learningRate),
      formatPercent(status === 'done' ? metrics['accuracy'] : undefined),
      formatLoss(status === 'done' ? metrics['loss'] : undefined),
      `${step}/${steps}`,
      formatDuration(seconds),
    ];
    return `<tr${id === best ? ' class="best"' : ''}>${numbers.map((text) => `<td class="number">${text}</td>`).join('')}<td><span class="state ${status}">${status}</span>${reason ? ` <span class="muted">${escapeHtml(reason)}</span>` : ''}</td><td><code>${id}</code></td></tr>`;
  };
  const titles = ['clip factor', 'batch size', 'learning rate', 'accuracy, %', 'test loss', 'steps', 'time'];
  return `<table><thead><tr>${titles.map((text) => `<th class="number">${text}</th>`).join('')}<th>status</th><th>trial</th></tr></thead><tbody>${trials.map(row).join('\n')}</tbody></table>`;
}

/** Each distinct environment once, with the number of trials that ran in it. */
function environments(records: readonly FullTrialRecord[]): string {
  const groups = new Map<string, number>();
  for (const { environment } of records) {
    if (!environment) continue;
    const { startedAt: _, ...rest } = environment;
    const text = stringify(rest);
    groups.set(text, (groups.get(text) ?? 0) + 1);
  }
  if (groups.size === 0) return '<p class="muted">No trial has started.</p>';
  return [...groups]
    .map(([text, count]) => `<p class="muted">${count} trials</p><pre>${escapeHtml(text)}</pre>`)
    .join('');
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign]!);
}
