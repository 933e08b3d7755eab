import { describeSweep } from './describe-sweep.js';
import { PAGE, PAPER } from './figure-theme.js';
import { heatmapSpec, sortedBatchSizes, sortedClipFactors } from './heatmap-spec.js';
import { curveLimits, learningCurvesSpec, lineColours } from './learning-curves-spec.js';
import { renderPng, renderSvg } from './render-figure.js';
import { reportPage } from './report-page.js';
import { type FullTrialRecord, readFullRecords, runFiles, type TrialRecord } from './run-folder.js';
import { type SweepSummary, summarize } from './summarize.js';
import type { SweepConfig } from './sweep-schema.js';
import { writeFileSafely } from './write-file-safely.js';

/** The report of one sweep, ready to be written or shown. */
export interface Report {
  readonly summary: SweepSummary;
  /** A page that needs nothing else. */
  readonly html: string;
  readonly heatmapSvg: string;
  readonly heatmapPng: Uint8Array;
}

/** Makes the report of `config` from what its trials left. Reads and writes nothing. */
export async function renderReport(config: SweepConfig, records: readonly FullTrialRecord[]): Promise<Report> {
  const summary = summarize(config.name, records);
  const description = describeSweep(config, records);
  const heatmapSvg = await renderSvg(
    heatmapSpec(summary, PAPER, { title: 'Test accuracy by clip factor and batch size', subtitle: description }),
  );
  const colours = lineColours(sortedClipFactors(summary.trials));
  const limits = curveLimits(records);
  const curves = await Promise.all(
    sortedBatchSizes(summary.trials).map(async (batchSize) => ({
      batchSize,
      svg: await renderSvg(
        learningCurvesSpec(
          records.filter(({ trial }) => String(trial.config.batchSize) === batchSize),
          { theme: PAGE, colours, limits },
        ),
      ),
    })),
  );
  const heatmap = await renderSvg(heatmapSpec(summary, PAGE));
  return {
    summary,
    html: reportPage({ config, summary, records, description, heatmap, curves, colours }),
    heatmapSvg,
    heatmapPng: renderPng(heatmapSvg),
  };
}

/** Writes `report.html`, `heatmap.svg` and `heatmap.png` of the sweep into the run folder `dir`. */
export async function writeReport(dir: string, config: SweepConfig, records: readonly TrialRecord[]): Promise<void> {
  const report = await renderReport(config, readFullRecords(dir, records));
  const files = runFiles(dir);
  writeFileSafely(files.heatmapSvg, report.heatmapSvg);
  writeFileSafely(files.heatmapPng, report.heatmapPng);
  writeFileSafely(files.report, report.html);
}
