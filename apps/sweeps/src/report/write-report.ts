import { rmSync } from 'node:fs';
import type { TopLevelSpec } from 'vega-lite';
import { makeFolder } from '../make-folder.js';
import { keysOfSeed } from '../plan/index.js';
import { assertConfig, assertRecords, type FullTrialRecord, type SweepConfig } from '../schema/index.js';
import { explainUnwritable, runFiles, writeFileSafely, writeJson } from '../store/index.js';
import { type CombinationClipping, diagnoseCombinations } from './clipping/diagnose-combinations.js';
import { describeSweep } from './describe-sweep.js';
import { type LeftOutFigure, pageSpec, paperSpec } from './figures/figure.js';
import { figureData } from './figures/figure-data.js';
import { PAGE, PRINT_SCALE } from './figures/figure-theme.js';
import { makeFigures } from './figures/make-figures.js';
import type { Importance } from './importance/axis-importance.js';
import { pngRenderer } from './png-renderer.js';
import { renderSvg } from './render-figure.js';
import { reportPage } from './report-page.js';
import { type SweepSummary, summarize } from './summarize.js';

/** A figure as files: the vega-lite spec, drawn, and for print at 300 dpi when it is a column wide. */
export interface FigureFile {
  readonly name: string;
  readonly spec: TopLevelSpec;
  readonly svg: string;
  /** Absent where it could not be drawn: {@link Report.problems} says why. */
  readonly png?: Uint8Array;
}

/** The report of one sweep, ready to be written or shown. */
export interface Report {
  readonly summary: SweepSummary;
  /** A page that needs nothing else. */
  readonly html: string;
  readonly figures: readonly FigureFile[];
  /** What clipping did, by combination of values: of those that clip. */
  readonly clipping: readonly CombinationClipping[];
  /** How much each axis matters; absent while too little has ended. */
  readonly importance?: Importance;
  /** The figures that do not apply or could not be drawn, and why. */
  readonly leftOut: readonly LeftOutFigure[];
  /** What went wrong with a picture, a line each. */
  readonly problems: readonly string[];
}

/**
 * Makes the report of `config` from what its trials left. Writes nothing.
 *
 * @param config What {@link loadSweepConfig} reads.
 * @param records What its trials left; of one that has not run, the trial alone.
 * @throws TypeError for what is no config, or no list of records.
 * @example
 * ```ts
 * import { writeFile } from 'node:fs/promises';
 * import { loadSweepConfig, planTrials, renderReport } from '@nfnets/sweeps';
 *
 * const config = await loadSweepConfig('quickstart.yaml');
 * const { html, figures } = await renderReport(config, planTrials(config).map((trial) => ({ trial, metrics: [] })));
 * await writeFile('report.html', html);
 * ```
 */
export async function renderReport(config: SweepConfig, records: readonly FullTrialRecord[]): Promise<Report> {
  assertConfig('renderReport', config);
  assertRecords('renderReport', records);
  const ofSeed = keysOfSeed(config.references);
  const summary = summarize(config.name, records, ofSeed);
  const data = figureData(records, ofSeed);
  const { figures, leftOut } = makeFigures(data);
  const files: FigureFile[] = [];
  const shown: { name: string; title: string; note: string; svg: string }[] = [];
  const failed: LeftOutFigure[] = [];
  const problems: string[] = [];
  const renderer = pngRenderer();
  try {
    for (const figure of figures) {
      const { name, title, note } = figure;
      try {
        const spec = paperSpec(figure);
        const svg = await renderSvg(spec);
        shown.push({ name, title, note, svg: await renderSvg(pageSpec(figure, PAGE)) });
        const png = await renderer.draw(svg, PRINT_SCALE).catch((error: Error) => {
          problems.push(`the picture ${name}.png is missing: ${error.message}; ${name}.svg is there`);
        });
        files.push({ name, spec, svg, ...(png ? { png } : {}) });
      } catch (error) {
        failed.push({ name, reason: `it could not be drawn: ${(error as Error).message}` });
        problems.push(`the figure ${name} is missing: ${(error as Error).message}`);
      }
    }
  } finally {
    renderer.close();
  }
  const missing = [...leftOut, ...failed];
  const description = describeSweep(config, records);
  const clipping = await diagnoseCombinations(records, ofSeed);
  return {
    summary,
    html: reportPage({ config, summary, records, description, figures: shown, leftOut: missing, clipping }),
    figures: files,
    clipping,
    ...(data.importance ? { importance: data.importance } : {}),
    leftOut: missing,
    problems,
  };
}

/**
 * Writes `report.html`, `clipping.json`, `importance.json` and `figures/` (each as `.vl.json`, `.svg` and `.png`) of the sweep into the run folder `dir`;
 * figures that no longer apply are removed.
 */
export async function writeReport(
  dir: string,
  config: SweepConfig,
  records: readonly FullTrialRecord[],
): Promise<Report> {
  const report = await renderReport(config, records);
  const files = runFiles(dir);
  explainUnwritable(files.figures, () => makeFolder(files.figures));
  for (const { name, spec, svg, png } of report.figures) {
    writeJson(files.figure(name, 'vl.json'), spec);
    writeFileSafely(files.figure(name, 'svg'), svg);
    if (png) writeFileSafely(files.figure(name, 'png'), png);
    else rmSync(files.figure(name, 'png'), { force: true });
  }
  for (const { name } of report.leftOut)
    for (const kind of ['vl.json', 'svg', 'png'] as const) rmSync(files.figure(name, kind), { force: true });
  if (report.clipping.length > 0) writeJson(files.clipping, report.clipping);
  else rmSync(files.clipping, { force: true });
  if (report.importance) writeJson(files.importance, report.importance);
  else rmSync(files.importance, { force: true });
  writeFileSafely(files.report, report.html);
  return report;
}
