import { mkdirSync, rmSync } from 'node:fs';
import type { TopLevelSpec } from 'vega-lite';
import { describeSweep } from './describe-sweep.js';
import { type LeftOutFigure, pageSpec, paperSpec } from './figures/figure.js';
import { figureData } from './figures/figure-data.js';
import { PAGE, PRINT_SCALE } from './figures/figure-theme.js';
import { makeFigures } from './figures/make-figures.js';
import { renderPng, renderSvg } from './render-figure.js';
import { reportPage } from './report-page.js';
import { type FullTrialRecord, runFiles } from './run-folder.js';
import { type SweepSummary, summarize } from './summarize.js';
import type { SweepConfig } from './sweep-schema.js';
import { writeFileSafely, writeJson } from './write-file-safely.js';

/** A figure as files: the vega-lite spec, drawn, and for print at 300 dpi when it is a column wide. */
export interface FigureFile {
  readonly name: string;
  readonly spec: TopLevelSpec;
  readonly svg: string;
  readonly png: Uint8Array;
}

/** The report of one sweep, ready to be written or shown. */
export interface Report {
  readonly summary: SweepSummary;
  /** A page that needs nothing else. */
  readonly html: string;
  readonly figures: readonly FigureFile[];
  /** The figures that do not apply, and why. */
  readonly leftOut: readonly LeftOutFigure[];
}

/** Makes the report of `config` from what its trials left. Writes nothing. */
export async function renderReport(config: SweepConfig, records: readonly FullTrialRecord[]): Promise<Report> {
  const summary = summarize(config.name, records);
  const { figures, leftOut } = makeFigures(figureData(records));
  const files: FigureFile[] = [];
  const shown: { name: string; title: string; note: string; svg: string }[] = [];
  for (const figure of figures) {
    const { name, title, note } = figure;
    const spec = paperSpec(figure);
    const svg = await renderSvg(spec);
    files.push({ name, spec, svg, png: renderPng(svg, PRINT_SCALE) });
    shown.push({ name, title, note, svg: await renderSvg(pageSpec(figure, PAGE)) });
  }
  const description = describeSweep(config, records);
  return {
    summary,
    html: reportPage({ config, summary, records, description, figures: shown, leftOut }),
    figures: files,
    leftOut,
  };
}

/**
 * Writes `report.html` and `figures/` (each as `.vl.json`, `.svg` and `.png`) of the sweep into the run folder `dir`;
 * figures that no longer apply are removed.
 */
export async function writeReport(
  dir: string,
  config: SweepConfig,
  records: readonly FullTrialRecord[],
): Promise<Report> {
  const report = await renderReport(config, records);
  const files = runFiles(dir);
  mkdirSync(files.figures, { recursive: true });
  for (const { name, spec, svg, png } of report.figures) {
    writeJson(files.figure(name, 'vl.json'), spec);
    writeFileSafely(files.figure(name, 'svg'), svg);
    writeFileSafely(files.figure(name, 'png'), png);
  }
  for (const { name } of report.leftOut)
    for (const kind of ['vl.json', 'svg', 'png'] as const) rmSync(files.figure(name, kind), { force: true });
  writeFileSafely(files.report, report.html);
  return report;
}
