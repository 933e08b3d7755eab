import { keysOfSeed } from '../plan/index.js';
import { clippingLines, importanceLines, summarize, summaryTable, writeReport } from '../report/index.js';
import { openRun, runFiles, writeJson } from '../store/index.js';
import { damageCode } from './damage-code.js';
import type { DocumentOf } from './documents/document-parts.js';
import type { reportDocument } from './documents/folder-documents.js';
import { type CommandResult, textOf } from './output/command-result.js';

/** Writes the summary and the report of the run folder `dir` again. */
export async function reportCommand(dir: string): Promise<CommandResult<DocumentOf<typeof reportDocument>>> {
  const { plan, records, damage } = await openRun(dir);
  const summary = summarize(plan.config.name, records, keysOfSeed(plan.config.references));
  const files = runFiles(dir);
  writeJson(files.summary, summary);
  const { figures, leftOut, problems, clipping, importance } = await writeReport(dir, plan.config, records);
  const names = figures.map(({ name }) => name);
  return {
    data: {
      ...{ dir, summary, leftOut, problems },
      clipping: clipping.map((combination) => ({ ...combination })),
      files: { report: files.report, summary: files.summary, figures: files.figures },
      figures: names,
      ...(importance ? { importance: { ...importance, axes: importance.axes.map((axis) => ({ ...axis })) } } : {}),
    },
    text: (paint) =>
      textOf([
        ...summaryTable(summary, paint),
        '',
        ...importanceLines(importance),
        ...clippingLines(clipping),
        `report   ${files.report}`,
        `figures  ${files.figures}: ${names.join(', ')}`,
        ...leftOut.map(({ name, reason }) => `         without ${name}: ${reason}`),
        ...problems.map((problem) => `         ${problem}`),
      ]),
    warnings: [...damage],
    exitCode: damageCode([...damage]),
  };
}
