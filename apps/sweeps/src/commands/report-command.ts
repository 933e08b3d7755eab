import { clippingLines, summarize, summaryTable, writeReport } from '../report/index.js';
import { openRun, runFiles, writeJson } from '../store/index.js';
import { terminalPaint } from '../terminal-paint.js';
import { tellDamage } from './tell-damage.js';

/** Writes the summary and the report of the run folder `dir` again, prints the summary, and returns the exit code. */
export async function reportCommand(dir: string): Promise<number> {
  const { plan, records, damage } = await openRun(dir);
  const summary = summarize(plan.config.name, records);
  const files = runFiles(dir);
  writeJson(files.summary, summary);
  const { figures, leftOut, problems, clipping } = await writeReport(dir, plan.config, records);
  const lines = [
    ...summaryTable(summary, terminalPaint(process.stdout)),
    '',
    ...clippingLines(clipping),
    `report   ${files.report}`,
    `figures  ${files.figures}: ${figures.map(({ name }) => name).join(', ')}`,
    ...leftOut.map(({ name, reason }) => `         without ${name}: ${reason}`),
    ...problems.map((problem) => `         ${problem}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return tellDamage(damage);
}
